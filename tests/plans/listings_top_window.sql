-- now: 2026-11-21T12:00:00+00:00
-- seller: A3SELLER
SELECT SKU FROM ListingsItemsSummaries WHERE CreatedDate >= CURRENT_DATE - INTERVAL 30 DAY ORDER BY CreatedDate LIMIT 10
---
1 Fetch: Table=ListingsItemsSummaries; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, createdAfter=2026-10-22T00:00:00Z, sortBy=createdDate, sortOrder=ASC, pageSize=20, includedData=summaries; Rows=20; Requests=1; Seconds=0.3; Basis=estimate
2 Engine: Residual=SELECT SKU FROM "ListingsItemsSummaries" WHERE CreatedDate >= CAST('2026-11-21' AS DATE) - INTERVAL '30' DAY ORDER BY CreatedDate LIMIT 10; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: engine
