-- now: 2026-11-21T12:00:00+00:00
SELECT EventType, AmazonOrderId FROM FinancialEvents WHERE AmazonOrderId = '111-0000001-0000001'
---
1 Fetch: Table=FinancialEvents; AccessPath=financesV0.listFinancialEventsByOrderId; Parameters=orderId=111-0000001-0000001, MaxResultsPerPage=100; Rows=1; Requests=1; Seconds=0.3; Basis=estimate
2 Page by page: Residual=SELECT EventType, AmazonOrderId FROM "FinancialEvents" WHERE AmazonOrderId = '111-0000001-0000001'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: page
