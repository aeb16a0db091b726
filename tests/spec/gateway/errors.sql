Errors, memory and time as an oracle: what fails only where some row is must not fail.

-- case: a text where the others are numbers, for some rows
-- expect: rows []
SELECT CASE WHEN district = 'Rock' AND sex = 'F' THEN 'abc' ELSE birth_year END AS x, count(*) FROM health.persons GROUP BY 1

-- case: the same for no row
-- expect: rows []
SELECT CASE WHEN district = 'Nowhere' THEN 'abc' ELSE birth_year END AS x, count(*) FROM health.persons GROUP BY 1

-- case: a text in place of a missing number
-- expect: rows []
SELECT coalesce(birth_year, 'abc') AS x, count(*) FROM health.persons GROUP BY 1

-- case: a number that is null where it equals a text
-- expect: rows [[null, 295]]
SELECT nullif(birth_year, 'abc') AS x, count(*) FROM health.persons GROUP BY 1

-- case: the greatest of a number and a text
-- expect: rows [[null, 295]]
SELECT greatest(birth_year, 'abc') AS x, count(*) FROM health.persons GROUP BY 1

-- case: a text as a condition
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE district

-- case: a text for some rows as a condition
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE CASE WHEN district = 'Rock' THEN 'x' ELSE 'true' END

-- case: a text in a chain of conditions
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE district AND sex = 'F'

-- case: a text that is negated
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE NOT district

-- case: a text that is true
-- expect: rows [[null]]
SELECT count(*) FROM health.persons WHERE district IS TRUE

-- case: a number with too many places
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE birth_year > 0.000000000000000000000000000000000001

-- case: a wrong constant for some rows
-- expect: rows [[1, 292]]
SELECT CASE WHEN district = 'Rock' THEN CAST('garbage' AS INT) ELSE 1 END AS x, count(*) FROM health.persons GROUP BY 1

-- case: a wrong day for some rows
-- expect: answered
SELECT CASE WHEN district = 'Rock' THEN DATE 'garbage' ELSE DATE '2000-01-01' END AS x, count(*) FROM health.persons GROUP BY 1

-- case: a length out of range for some rows
-- expect: rows [["", 292]]
SELECT CASE WHEN district = 'Rock' THEN substring(district, 1, 99999999999) ELSE '' END AS x, count(*) FROM health.persons GROUP BY 1

-- case: a wrong text read as a day for some rows
-- expect: refused not_allowed
SELECT CASE WHEN district = 'Rock' THEN year('garbage') ELSE 1 END AS x, count(*) FROM health.persons GROUP BY 1

-- case: a number measured as text for some rows
-- expect: refused not_allowed
SELECT CASE WHEN district = 'Rock' THEN length(5) ELSE 1 END AS x, count(*) FROM health.persons GROUP BY 1

-- case: a text as the condition of a filter
-- expect: refused not_allowed
SELECT count(*) FILTER (WHERE CASE WHEN district = 'Rock' THEN 'x' ELSE 'true' END) FROM health.persons

-- case: a text as the condition of a case in a sum
-- expect: refused not_allowed
SELECT sum(CASE WHEN CASE WHEN district = 'Rock' THEN 'x' ELSE 'true' END THEN 1 ELSE 0 END) FROM health.persons

-- case: a text as a condition of a join
-- expect: refused not_allowed
SELECT count(*) FROM health.persons p JOIN health.visits v ON p.person_id = v.person_id AND CASE WHEN p.district = 'Rock' THEN 'x' ELSE 'true' END

-- case: a day compared with no day
-- expect: rows [[null]]
SELECT count(*) FROM health.persons WHERE born > 'garbage'

-- case: a day between a day and no day
-- expect: rows [[null]]
SELECT count(*) FROM health.persons WHERE born BETWEEN '1900-01-01' AND 'garbage'

-- case: a number in a list with a text
-- expect: rows [[null]]
SELECT count(*) FROM health.persons WHERE birth_year IN (1950, 'garbage')

-- case: a case on a number with a text
-- expect: rows [[null, 295]]
SELECT CASE birth_year WHEN 'garbage' THEN 1 ELSE 2 END AS x, count(*) FROM health.persons GROUP BY 1

-- case: a number as the condition of having per person
-- expect: refused not_allowed
SELECT avg(s) FROM (SELECT person_id, sum(cost) AS s FROM health.visits GROUP BY person_id HAVING count(*)) t

-- case: the length of a day
-- expect: refused not_allowed
SELECT trim(district, 'garbage') AS x, count(*) FROM health.persons WHERE length(born) > 3 GROUP BY 1

-- case: like on a number
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE birth_year LIKE '19%'

-- case: starts_with on a number
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE starts_with(birth_year, '19')

-- case: contains on a day
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE contains(born, '19')

-- case: lower case of a day
-- expect: refused not_allowed
SELECT lower(born) AS x, count(*) FROM health.persons GROUP BY 1

-- case: a text that swells for some rows
-- expect: refused too_large
SELECT count(*) FROM health.persons WHERE length(replace(replace(replace(CASE WHEN district = 'Rock' THEN 'aaaaaaaaaa' ELSE '' END, 'a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')) > 3

-- case: a text that doubles
-- expect: rows [[null]]
SELECT count(*) FROM (SELECT d || d AS d FROM (SELECT d || d AS d FROM (SELECT d || d AS d FROM (SELECT d || d AS d FROM (SELECT d || d AS d FROM (SELECT d || d AS d FROM (SELECT d || d AS d FROM (SELECT d || d || d || d || d || d || d || d AS d FROM (SELECT district || district || district || district AS d FROM health.persons) t) t) t) t) t) t) t) t) t WHERE d = 'x'

-- case: a year four times
-- expect: rows [["2026202620262026", 441]]
SELECT strftime(day, '%Y%Y%Y%Y') AS x, count(*) FROM health.visits GROUP BY 1

-- case: a wrong format for some rows
-- expect: refused not_allowed
SELECT CASE WHEN kind = 'lab' THEN strftime(day, '%') ELSE '' END AS x, count(*) FROM health.visits GROUP BY 1

-- case: a time out of range for some rows
-- expect: answered
SELECT CASE WHEN kind = 'lab' THEN day + INTERVAL 300000 YEAR ELSE day END AS x, count(*) FROM health.visits GROUP BY 1

-- case: whole and broken numbers
-- expect: rows [[1, 147], [2.5, 294]]
SELECT CASE WHEN kind = 'lab' THEN 1 ELSE 2.5 END AS x, count(*) FROM health.visits GROUP BY 1

-- case: rounding to tens
-- expect: answered
SELECT round(birth_year, -1) AS x, count(*) FROM health.persons GROUP BY 1 ORDER BY 1

-- case: a number of 38 digits and one of 20 places
-- expect: answered
SELECT CASE WHEN district = 'Rock' THEN 99999999999999999999999999999999999999 ELSE 0.00000000000000000001 END AS x, count(*) FROM health.persons GROUP BY 1

-- case: a text that doubles too often
-- expect: refused too_large
SELECT count(*) FROM (SELECT d || d || d || d || d || d || d || d AS d FROM (SELECT d || d || d || d || d || d || d || d AS d FROM (SELECT d || d || d || d || d || d || d || d AS d FROM (SELECT d || d || d || d || d || d || d || d AS d FROM (SELECT district || district AS d FROM health.persons) t) t) t) t) t WHERE d = 'x'

-- case: a comparison that leaves a large number no room
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) AS n FROM health.visits WHERE year(day) * 100000000 > 0.000000000000000000000000000001

-- case: a number compared with a fraction
-- expect: rows [[295]]
SELECT count(*) AS n FROM health.persons WHERE birth_year > 0.5
