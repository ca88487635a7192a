-- now: 2026-11-21T12:00:00+00:00
-- seller: A3SELLER
-- counts 1: 5000
SELECT SKU FROM ListingsItems ORDER BY CreatedDate LIMIT 1001
---
1 Fetch: Table=ListingsItems; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, pageSize=20, includedData=summaries; Rows=5000; Requests=260; Seconds=51.3; Basis=estimate
2 Engine: Residual=SELECT SKU FROM "ListingsItems" ORDER BY CreatedDate LIMIT 1001; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=260; Seconds=51.3; Basis=estimate
mode: engine
