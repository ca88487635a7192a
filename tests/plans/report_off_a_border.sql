-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT * FROM REPORT_GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT WHERE DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-01' AND ReportPeriod = 'WEEK'
---
ProgrammingError: REPORT_GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT holds whole weeks, from Sunday to Saturday (ReportPeriod = 'WEEK'): it begins on 2026-09-27 or on 2026-10-04, not on 2026-10-01. Write DataStartTime >= '2026-09-27' AND DataEndTime < '2026-11-01'.
