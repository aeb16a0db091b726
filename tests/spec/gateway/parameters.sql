Parameters are values, and stand only where a value can.

-- case: a parameter that looks like sql is a value
-- expect: rows [[null]]
-- params: ["F' OR '1'='1"]
SELECT count(*) AS n FROM health.persons WHERE sex = ?

-- case: too few parameters
-- expect: refused parameters
SELECT count(*) FROM health.persons WHERE sex = ?

-- case: too many parameters
-- expect: refused parameters
-- params: ["F", "M"]
SELECT count(*) FROM health.persons WHERE sex = ?

-- case: a parameter for a table
-- expect: refused syntax not_allowed unknown_name
-- params: ["health.persons"]
SELECT count(*) FROM ?

-- case: a parameter for a column is a value
-- expect: refused no_right not_allowed
-- params: ["income"]
SELECT sum(?) FROM health.persons WHERE income > 3

-- case: a numbered parameter
-- expect: refused parameters
-- params: ["F"]
SELECT count(*) FROM health.persons WHERE sex = $1

-- case: a named parameter
-- expect: refused parameters
-- params: ["F"]
SELECT count(*) FROM health.persons WHERE sex = $sex

-- case: a parameter in limit
-- expect: rows [["East", 100]]
-- params: [1]
SELECT district, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY 2 DESC LIMIT ?

-- case: a fraction in limit
-- expect: refused not_allowed
-- params: [1.5]
SELECT district, count(*) AS n FROM health.persons GROUP BY 1 LIMIT ?

-- case: a structure as a parameter
-- expect: refused parameters
-- params: [["F"]]
SELECT count(*) FROM health.persons WHERE sex = ?

-- case: a question mark in a text is no parameter
-- expect: rows [[null]]
SELECT count(*) FROM health.persons WHERE sex = '?'

-- case: a parameter inside an interval
-- expect: refused not_allowed syntax
-- params: [3]
SELECT count(*) FROM health.visits WHERE day > DATE '2026-01-01' + INTERVAL ? DAY

-- case: nothing as a parameter
-- expect: rows [[null]]
-- params: [null]
SELECT count(*) FROM health.persons WHERE sex = ?

-- case: a masked column is compared masked
-- expect: rows [[null]]
-- params: ["13800001001"]
SELECT count(*) FROM health.persons WHERE phone = ?
