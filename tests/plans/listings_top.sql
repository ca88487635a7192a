-- now: 2026-11-21T12:00:00+00:00
-- seller: A3SELLER
-- marketplaces: US,CA,MX
SELECT SKU, Status FROM ListingsItems ORDER BY CreatedDate DESC LIMIT 10
---
1 Fetch: Table=ListingsItems; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, sortBy=createdDate, sortOrder=DESC, pageSize=10, includedData=summaries … ×3; Rows=30; Requests=3; Seconds=0.3; Basis=exact
2 Engine: Residual=SELECT SKU, Status FROM "ListingsItems" ORDER BY CreatedDate DESC LIMIT 10; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=3; Seconds=0.3; Basis=exact
mode: engine
