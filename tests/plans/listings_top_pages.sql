-- now: 2026-11-21T12:00:00+00:00
-- seller: A3SELLER
SELECT SKU FROM ListingsItems ORDER BY LastUpdatedDate LIMIT 40 OFFSET 10
---
1 Fetch: Table=ListingsItems; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, sortBy=lastUpdatedDate, sortOrder=ASC, pageSize=20, includedData=summaries; Rows=60; Requests=3; Seconds=0.9; Basis=at most
2 Engine: Residual=SELECT SKU FROM "ListingsItems" ORDER BY LastUpdatedDate LIMIT 40 OFFSET 10; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=3; Seconds=0.9; Basis=at most
mode: engine
