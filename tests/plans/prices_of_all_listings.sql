-- now: 2026-11-21T12:00:00+00:00
-- seller: A3SELLER
SELECT ASIN, Name, PriceAmount FROM ReferencePrices
---
1 Parent: Table=ListingsItems; AccessPath=listingsItems_2021-08-01.searchListingsItems; Parameters=sellerId=A3SELLER, marketplaceIds=ATVPDKIKX0DER, pageSize=20, includedData=summaries; Rows=1000; Requests=50; Seconds=15.0; Basis=estimate
2 Bind join: Table=ReferencePrices; AccessPath=productPricing_2022-05-01.getCompetitiveSummary; Parameters=body.requests[].asin=<ListingsItems.ASIN> (20 each), body.requests[].uri=/products/pricing/2022-05-01/items/competitiveSummary, body.requests[].method=GET, body.requests[].includedData[]=featuredBuyingOptions,referencePrices,lowestPricedOffers,… (4), body.requests[].marketplaceId=ATVPDKIKX0DER; Rows=2000; Requests=50; Seconds=1485.1; Basis=estimate
3 Engine: Residual=SELECT ASIN, Name, PriceAmount FROM "ReferencePrices"; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=100; Seconds=1485.1; Basis=estimate
mode: engine
