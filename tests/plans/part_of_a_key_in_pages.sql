-- now: 2026-11-21T12:00:00+00:00
SELECT Make, Model FROM Vehicles WHERE VehicleType = 'CAR'
---
1 Fetch: Table=Vehicles; AccessPath=vehicles_2024-11-01.getVehicles; Parameters=vehicleType=CAR, marketplaceId=ATVPDKIKX0DER; Rows=1; Requests=1; Seconds=0.3; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: page
