-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT 1 AS one
---
1 Engine: Requests=0; Seconds=0.0; Basis=exact
2 Total: Requests=0; Seconds=0.0; Basis=exact
mode: local
