Masks, and rows where a grant gives them.

-- case: the clear value finds nobody
-- expect: rows [[null]]
-- terms: main
SELECT count(*) AS n FROM health.persons WHERE phone = '13800001001'

-- case: the first digits are gone
-- expect: rows [["***", 295]]
-- terms: main
SELECT left(phone, 3) AS p, count(*) AS n FROM health.persons GROUP BY 1

-- case: like sees the mask
-- expect: rows [[null]]
-- terms: main
SELECT count(*) AS n FROM health.persons WHERE phone LIKE '138%'

-- case: rows show the mask where show is given
-- expect: rows [["***1000"], ["***1001"], ["***1002"], ["***1003"]]
-- terms: main
SELECT DISTINCT phone FROM health.persons ORDER BY phone

-- case: a row-level grant outputs its rows
-- expect: rows [["East", "***1000"], ["East", "***1000"]]
-- terms: rows
SELECT district, phone FROM health.persons ORDER BY district, phone LIMIT 2

-- case: a row-level grant outputs only what has show
-- expect: refused no_right
-- terms: rows
SELECT district, sex FROM health.persons

-- case: a row-level grant does not sort by what has no show
-- expect: refused no_right
-- terms: rows
SELECT district FROM health.persons ORDER BY income

-- case: a row-level grant does not filter without filter
-- expect: refused no_right
-- terms: rows
SELECT district FROM health.persons WHERE phone = '***1000'

-- case: show does not output rows with a unit under aggregate
-- expect: refused not_protectable
-- terms: shown
SELECT district FROM health.persons

-- case: show does not output a limited row under aggregate
-- expect: refused not_protectable
-- terms: shown
SELECT district FROM health.persons ORDER BY district LIMIT 1
