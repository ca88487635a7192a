-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT * FROM REPORT_GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT WHERE DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-01'
---
ProgrammingError: REPORT_GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT needs a filter on ReportPeriod (DAY, WEEK, MONTH, QUARTER), such as ReportPeriod = 'DAY': Amazon makes no report without.
