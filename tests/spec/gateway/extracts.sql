-- case: an extract holds no combination of quasi-identifiers with fewer than k units
-- expect: answered
-- terms: extract
-- withheld: true
SELECT district, sex, birth_year, phone FROM health.persons

-- case: the floor counts the extract's own rows, after its filter
-- expect: rows []
-- terms: extract
-- withheld: true
SELECT district, phone FROM health.persons WHERE birth_year = 1940

-- case: an extract of nobody reads like one of too few
-- expect: rows []
-- terms: extract
-- withheld: true
SELECT district FROM health.persons WHERE birth_year = 1800

-- case: an expression over a quasi-identifier is one
-- expect: rows []
-- terms: extract
-- withheld: true
SELECT birth_year * 2 AS doubled FROM health.persons

-- case: without quasi-identifiers the whole extract is one class
-- expect: rows []
-- terms: extract
-- withheld: true
SELECT phone FROM health.persons ORDER BY phone LIMIT 9

-- case: a class of k units leaves whole
-- expect: rows [["Isle"], ["Isle"], ["Isle"], ["Isle"], ["Isle"], ["Isle"], ["Isle"], ["Isle"], ["Isle"], ["Isle"], ["Isle"], ["Isle"]]
-- terms: extract
-- withheld: true
SELECT district FROM health.persons WHERE district IN ('Isle', 'Rock')

-- case: the rows that LIMIT leaves are all that counts
-- expect: rows []
-- terms: extract
-- withheld: true
SELECT phone, district FROM health.persons ORDER BY phone LIMIT 9

-- case: a count under an extract's grant is held to the same k
-- expect: rows []
-- terms: extract
-- withheld: true
SELECT birth_year, count(*) AS n FROM health.persons GROUP BY birth_year

-- case: the distinct combinations of an extract's grant are held to the same k
-- expect: rows []
-- terms: extract
-- withheld: true
SELECT DISTINCT birth_year FROM health.persons

-- case: rows summed up per unit leave without the key that they were grouped by
-- expect: refused no_right
-- terms: extract
SELECT person_id, sum(income) AS total FROM health.persons GROUP BY person_id

-- case: a unit that comes up again and again counts once
-- expect: rows []
-- terms: extract
-- withheld: true
SELECT p.birth_year FROM health.persons p JOIN health.visits v ON p.person_id = v.person_id
