-- now: 2026-11-21T12:00:00+00:00
-- seller: A3SELLER
SELECT SKU FROM ListingsItems WHERE ItemName LIKE '%x%' ORDER BY CreatedDate LIMIT 10
---
1 Fetch: Table=ListingsItems; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, pageSize=20, includedData=summaries; Rows=1000; Requests=50; Seconds=15.0; Basis=estimate
2 Engine: Residual=SELECT SKU FROM "ListingsItems" WHERE ItemName LIKE '%x%' ORDER BY CreatedDate LIMIT 10; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=50; Seconds=15.0; Basis=estimate
mode: engine
