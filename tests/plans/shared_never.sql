-- now: 2026-11-20 12:00:00+00:00
-- read: SELECT FeedId FROM Feeds WHERE FeedType = 'JSON_LISTINGS_FEED'
SELECT FeedId FROM Feeds WHERE FeedType = 'JSON_LISTINGS_FEED'
---
1 Fetch: Table=Feeds; AccessPath=feeds_2021-06-30.getFeeds; Parameters=feedTypes=JSON_LISTINGS_FEED, pageSize=100; Rows=0; Requests=1; Seconds=0.3; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: page
