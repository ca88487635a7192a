-- now: 2026-11-21T12:00:00+00:00
-- seller: A3SELLER
SELECT SKU FROM ListingsItems ORDER BY CreatedDate DESC, SKU LIMIT 10
---
1 Fetch: Table=ListingsItems; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, sortBy=createdDate, sortOrder=DESC, pageSize=11, includedData=summaries; Rows=11; Requests=1; Seconds=0.3; Basis=estimate
2 Engine: Residual=SELECT SKU FROM "ListingsItems" ORDER BY CreatedDate DESC, SKU LIMIT 10; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: engine
