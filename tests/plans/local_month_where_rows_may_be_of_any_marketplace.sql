-- now: 2026-04-10T12:00:00+00:00
-- marketplaces: DE
SELECT TransactionId, PostedDate FROM Transactions WHERE MARKETPLACE_TRUNC('month', PostedDate, MarketplaceId) = DATE '2026-03-01'
---
1 Fetch: Table=Transactions; AccessPath=finances_2024-06-19.listTransactions; Parameters=postedAfter=2026-02-28T18:30:00Z, postedBefore=2026-03-31T23:00:00Z; Rows=854; Requests=9; Seconds=2.7; Basis=estimate
2 Page by page: Residual=SELECT TransactionId, PostedDate FROM "Transactions" WHERE MARKETPLACE_TRUNC('month', PostedDate, MarketplaceId) = CAST('2026-03-01' AS DATE); Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=9; Seconds=2.7; Basis=estimate
mode: page
