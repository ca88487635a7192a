-- now: 2026-11-21T12:00:00+00:00
-- seller: A3SELLER
SELECT l.SKU, i.Severity FROM (SELECT SKU FROM ListingsItems ORDER BY CreatedDate DESC LIMIT 10) l JOIN ListingsItemsIssues i USING (SKU)
---
1 Fetch: Table=ListingsItems; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, sortBy=createdDate, sortOrder=DESC, pageSize=10, includedData=summaries; Rows=10; Requests=1; Seconds=0.3; Basis=exact
2 Stage: Table=l; Residual=SELECT SKU FROM "ListingsItems" ORDER BY CreatedDate DESC LIMIT 10; Rows=10; Requests=0; Seconds=0.0; Basis=at most
3 Bind join: Table=ListingsItemsIssues; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=identifiers=<l.sku> (20 each), sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, pageSize=20, includedData=issues; Rows=2; Requests=1; Seconds=0.3; Basis=at most
4 Engine: Residual=SELECT l.SKU, i.Severity FROM (SELECT * FROM l) AS l JOIN i USING (SKU); Requests=0; Seconds=0.0; Basis=exact
5 Total: Requests=2; Seconds=0.6; Basis=at most
mode: engine
