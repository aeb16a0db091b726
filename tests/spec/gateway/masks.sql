Masks stand in the base table: no clause sees the value.

-- case: the masked value can be filtered and grouped
-- terms: filtered
-- expect: rows [["***1000", 45], ["***1001", 45]]
SELECT phone, count(*) AS n FROM health.persons WHERE phone IN ('***1000', '***1001') GROUP BY phone ORDER BY phone
