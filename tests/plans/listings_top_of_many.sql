-- now: 2026-11-21T12:00:00+00:00
-- seller: A3SELLER
-- counts 1: 5000
SELECT SKU FROM ListingsItems ORDER BY CreatedDate LIMIT 5
---
1 Fetch: Table=ListingsItems; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, sortBy=createdDate, sortOrder=ASC, pageSize=5, includedData=summaries; Rows=5; Requests=1; Seconds=0.3; Basis=exact
2 Engine: Residual=SELECT SKU FROM "ListingsItems" ORDER BY CreatedDate LIMIT 5; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=exact
mode: engine
