How analysts write it, once they are past the first queries. Like `legitimate`, every answer is
compared with plain DuckDB's under `loose` terms.

-- case: a right join
-- expect: answered
SELECT v.kind, count(*) AS n FROM health.persons p RIGHT JOIN health.visits v ON p.person_id = v.person_id GROUP BY 1 ORDER BY 1

-- case: a right join that keeps those without a visit
-- expect: answered
SELECT p.sex, count(v.person_id) AS visits, count(DISTINCT p.person_id) AS persons FROM health.visits v RIGHT JOIN health.persons p ON p.person_id = v.person_id GROUP BY 1 ORDER BY 1

-- case: a right join with using
-- expect: answered
SELECT sex, count(DISTINCT person_id) AS persons FROM health.visits RIGHT JOIN health.persons USING (person_id) GROUP BY sex ORDER BY sex

-- case: a full join
-- expect: answered
SELECT count(*) AS n, count(DISTINCT p.person_id) AS persons, sum(v.cost) AS cost FROM health.persons p FULL JOIN health.visits v ON p.person_id = v.person_id

-- case: two results full joined
-- expect: answered
WITH a AS (SELECT district, count(*) AS n FROM health.persons WHERE sex = 'F' GROUP BY 1),
b AS (SELECT district, count(*) AS m FROM health.persons WHERE birth_year < 1960 GROUP BY 1)
SELECT coalesce(a.district, b.district) AS d, a.n, b.m FROM a FULL JOIN b ON a.district = b.district ORDER BY 1

-- case: two right joins in a row
-- expect: answered
SELECT h.city, count(*) AS n FROM health.persons p RIGHT JOIN health.visits v ON p.person_id = v.person_id RIGHT JOIN health.hospitals h ON h.hospital_id = v.hospital_id GROUP BY 1 ORDER BY 1

-- case: the persons who had no visit
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE person_id NOT IN (SELECT person_id FROM health.visits)

-- case: the persons without some kind of visit, by group
-- expect: answered
SELECT sex, count(*) AS n, avg(income) AS m FROM health.persons p WHERE p.person_id NOT IN (SELECT person_id FROM health.visits WHERE kind = 'lab') GROUP BY sex ORDER BY sex

-- case: exists
-- expect: answered
SELECT sex, count(*) AS n FROM health.persons p WHERE EXISTS (SELECT 1 FROM health.visits v WHERE v.person_id = p.person_id AND v.kind = 'lab') GROUP BY sex ORDER BY sex

-- case: not exists
-- expect: answered
SELECT sex, count(*) AS n FROM health.persons p WHERE NOT EXISTS (SELECT * FROM health.visits v WHERE p.person_id = v.person_id) GROUP BY sex ORDER BY sex

-- case: exists over a join
-- expect: answered
SELECT count(*) AS n FROM health.persons p WHERE sex = 'F' AND EXISTS (SELECT 1 FROM health.visits v JOIN health.hospitals h ON h.hospital_id = v.hospital_id WHERE v.person_id = p.person_id AND h.city = 'A')

-- case: a semi join
-- expect: answered
SELECT sex, count(*) AS n FROM health.persons p SEMI JOIN health.visits v ON v.person_id = p.person_id AND v.kind = 'in' GROUP BY sex ORDER BY sex

-- case: an anti join
-- expect: answered
SELECT sex, count(*) AS n FROM health.persons p ANTI JOIN health.visits v ON v.person_id = p.person_id GROUP BY sex ORDER BY sex

-- case: an anti join with using
-- expect: answered
SELECT count(*) AS n FROM health.persons ANTI JOIN health.visits USING (person_id)

-- case: results not among results
-- expect: answered
WITH d AS (SELECT district, count(*) AS n FROM health.persons GROUP BY 1)
SELECT district FROM d WHERE district NOT IN (SELECT district FROM d WHERE n < 50) ORDER BY 1

-- case: open rows that something exists for
-- expect: answered
SELECT h.hospital_id FROM health.hospitals h WHERE NOT EXISTS (SELECT 1 FROM health.hospitals g WHERE g.hospital_id = h.hospital_id AND g.beds > 200) ORDER BY 1

-- case: per person with having, then the average
-- expect: answered
SELECT avg(s) AS m, count(*) AS n FROM (SELECT person_id, sum(cost) AS s FROM health.visits GROUP BY person_id HAVING count(*) >= 2) t

-- case: how many persons came at least twice
-- expect: answered
SELECT count(*) AS n FROM (SELECT person_id FROM health.visits GROUP BY person_id HAVING count(*) >= 2) t

-- case: persons by number of visits
-- expect: answered
SELECT visits, count(*) AS n FROM (SELECT person_id, count(*) AS visits FROM health.visits GROUP BY person_id) t GROUP BY visits ORDER BY visits

-- case: persons by bands of visits
-- expect: answered
SELECT CASE WHEN visits >= 3 THEN 'many' ELSE 'few' END AS band, count(*) AS n, avg(visits) AS m
FROM (SELECT person_id, count(*) AS visits FROM health.visits GROUP BY person_id) t GROUP BY 1 ORDER BY 1

-- case: persons of a kind by bands of visits, joined back
-- expect: answered
SELECT p.sex, count(*) AS n FROM health.persons p JOIN (SELECT person_id, count(*) FILTER (WHERE kind = 'lab') AS labs FROM health.visits GROUP BY person_id) t ON p.person_id = t.person_id WHERE t.labs > 0 GROUP BY 1 ORDER BY 1

-- case: those who came often, as a list of keys
-- expect: answered
SELECT sex, count(*) AS n FROM health.persons WHERE person_id IN (SELECT person_id FROM health.visits GROUP BY person_id HAVING count(*) > 2) GROUP BY 1 ORDER BY 1

-- case: distinct hospitals per person, then the average
-- expect: answered
SELECT avg(h) AS hospitals FROM (SELECT person_id, count(DISTINCT hospital_id) AS h FROM health.visits GROUP BY person_id) t

-- case: per person and column, then by the column
-- expect: answered
SELECT sex, avg(total) AS m FROM (SELECT p.person_id, p.sex, sum(v.cost) AS total FROM health.persons p JOIN health.visits v USING (person_id) GROUP BY p.person_id, p.sex) t GROUP BY sex ORDER BY sex

-- case: qualify over groups
-- expect: answered
SELECT district, count(*) AS n FROM health.persons GROUP BY district QUALIFY row_number() OVER (ORDER BY count(*) DESC) <= 2 ORDER BY n DESC

-- case: qualify over a result
-- expect: answered
WITH x AS (SELECT district, sex, count(*) AS n FROM health.persons GROUP BY 1, 2)
SELECT sex, district, n FROM x QUALIFY row_number() OVER (PARTITION BY sex ORDER BY n DESC, district) = 1 ORDER BY sex

-- case: qualify by an alias, with having
-- expect: answered
SELECT district, sex, count(*) AS n, row_number() OVER (PARTITION BY sex ORDER BY count(*) DESC, district) AS r FROM health.persons GROUP BY 1, 2 HAVING count(*) > 10 QUALIFY r <= 2 ORDER BY sex, r

-- case: qualify over open rows
-- expect: answered
SELECT hospital_id, city, rank() OVER (PARTITION BY city ORDER BY beds DESC) AS r FROM health.hospitals QUALIFY r = 1 ORDER BY 1

-- case: a named window
-- expect: answered
WITH m AS (SELECT date_trunc('month', day) AS m, count(*) AS n FROM health.visits GROUP BY 1)
SELECT m, n, (n - lag(n, 1) OVER w) * 100.0 / lag(n, 1) OVER w AS growth FROM m WINDOW w AS (ORDER BY m) ORDER BY m

-- case: running totals and an index to the first month
-- expect: answered
WITH m AS (SELECT date_trunc('month', day) AS m, count(*) AS n FROM health.visits GROUP BY 1)
SELECT m, n, sum(n) OVER (ORDER BY m ROWS UNBOUNDED PRECEDING) AS running, n * 100.0 / first_value(n) OVER (ORDER BY m) AS idx FROM m ORDER BY m

-- case: quartiles and ranks of results
-- expect: answered
WITH m AS (SELECT date_trunc('month', day) AS m, count(*) AS n FROM health.visits GROUP BY 1)
SELECT m, n, ntile(4) OVER (ORDER BY n, m) AS q, percent_rank() OVER (ORDER BY n) AS p, last_value(n) OVER (ORDER BY m ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS l FROM m ORDER BY m

-- case: percent of total, rounded
-- expect: answered
SELECT district, count(*) AS n, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS pct FROM health.persons GROUP BY 1 ORDER BY 1

-- case: percent of a total in a cte
-- expect: answered
WITH t AS (SELECT count(*) AS total FROM health.persons)
SELECT district, count(*) * 100.0 / (SELECT total FROM t) AS pct FROM health.persons GROUP BY district ORDER BY 1

-- case: the share of a condition
-- expect: answered
SELECT district, count(*) FILTER (WHERE sex = 'F') * 1.0 / count(*) AS share FROM health.persons WHERE district IN ('East', 'West') GROUP BY district ORDER BY 1

-- case: the ratio of two conditions
-- expect: answered
SELECT district, count(*) FILTER (WHERE sex = 'F') / count(*) FILTER (WHERE sex = 'M') AS ratio FROM health.persons WHERE district IN ('East', 'West') GROUP BY district ORDER BY 1

-- case: a sum per head that is safe for none
-- expect: answered
SELECT sum(income) / nullif(count(*), 0) AS per_head FROM health.persons

-- case: an output used by the next
-- expect: answered
SELECT district, count(*) AS n, sum(income) AS total, total / n AS per_head FROM health.persons GROUP BY district ORDER BY 1

-- case: the rate of two tables
-- expect: answered
SELECT (SELECT count(*) FROM health.visits) * 1.0 / (SELECT count(*) FROM health.persons) AS rate

-- case: having against a global figure
-- expect: answered
SELECT sex, count(*) AS n FROM health.persons GROUP BY sex HAVING count(*) > (SELECT count(*) / 3 FROM health.persons) ORDER BY sex

-- case: results above their own average
-- expect: answered
WITH d AS (SELECT district, count(*) AS n FROM health.persons GROUP BY 1) SELECT * FROM d WHERE n > (SELECT avg(n) FROM d) ORDER BY n

-- case: count_if
-- expect: answered
SELECT district, count_if(sex = 'F') AS women, countif(birth_year > 1970) AS young FROM health.persons WHERE district IN ('East', 'West') GROUP BY district ORDER BY district

-- case: the sum of a flag
-- expect: answered
SELECT sum((sex = 'F')::INT) AS women, sum(CAST(birth_year < 1970 AND sex = 'M' AS INTEGER)) AS men, sum(if(vip, 1, 0)) AS vips FROM health.persons

-- case: the sum of one
-- expect: answered
SELECT sex, count(1) AS n, sum(1) AS m, sum(1) FILTER (WHERE birth_year > 1970) AS young FROM health.persons GROUP BY sex ORDER BY 1

-- case: a simple case inside a sum
-- expect: answered
SELECT sum(CASE sex WHEN 'F' THEN 1 ELSE 0 END) AS f, sum(CASE sex WHEN 'M' THEN income END) AS m FROM health.persons

-- case: a case of several branches inside a sum
-- expect: answered
SELECT sum(CASE WHEN sex = 'F' AND birth_year < 1970 THEN 1 WHEN sex = 'M' THEN 0 WHEN birth_year > 1990 THEN 1 ELSE 0 END) AS f FROM health.persons

-- case: a case under a filter
-- expect: answered
SELECT sum(CASE WHEN sex = 'F' THEN income END) FILTER (WHERE birth_year < 1970) AS f, count(CASE WHEN sex = 'F' THEN 1 END) FILTER (WHERE birth_year < 1970) AS n FROM health.persons

-- case: distinct persons under a condition
-- expect: answered
SELECT count(DISTINCT person_id) FILTER (WHERE kind = 'lab') AS a, count(DISTINCT CASE WHEN kind = 'in' THEN person_id END) AS b FROM health.visits

-- case: a pivot by hand
-- expect: answered
WITH d AS (SELECT district, sex, count(*) AS n FROM health.persons GROUP BY 1, 2)
SELECT district, max(CASE WHEN sex = 'F' THEN n END) AS f, max(CASE WHEN sex = 'M' THEN n END) AS m FROM d GROUP BY district ORDER BY 1

-- case: a result joined with itself
-- expect: answered
WITH d AS (SELECT district, sex, count(*) AS n FROM health.persons GROUP BY 1, 2)
SELECT a.district, a.n - b.n AS diff FROM d a JOIN d b ON a.district = b.district AND a.sex = 'F' AND b.sex = 'M' ORDER BY 1

-- case: distinct combinations
-- expect: answered
SELECT DISTINCT sex, education FROM health.persons ORDER BY 1, 2

-- case: how many combinations there are
-- expect: answered
SELECT count(*) AS n FROM (SELECT DISTINCT district, sex FROM health.persons) t

-- case: distinct keys counted
-- expect: answered
SELECT count(DISTINCT visit_id) AS visits, count(DISTINCT hospital_id) AS hospitals FROM health.visits

-- case: a month as a date
-- expect: answered
SELECT date_trunc('month', day)::DATE AS m, count(*) AS n FROM health.visits GROUP BY 1 ORDER BY 1

-- case: a month as text
-- expect: answered
SELECT strftime(day, '%Y-%m') AS m, count(*) AS n FROM health.visits GROUP BY 1 ORDER BY 1

-- case: the end of a month
-- expect: answered
SELECT date_trunc('month', day) + INTERVAL 1 MONTH AS m, count(*) AS n FROM health.visits GROUP BY 1 ORDER BY 1

-- case: days of the week and of the year
-- expect: answered
SELECT dayname(day) AS d, isodow(day) AS i, dayofyear(day) // 180 AS half, count(*) AS n FROM health.visits GROUP BY ALL ORDER BY ALL

-- case: extract with the unit as text
-- expect: answered
SELECT extract('dow' FROM day) AS d, monthname(day) AS m, count(*) AS n FROM health.visits GROUP BY 1, 2 ORDER BY 1, 2

-- case: ages by date_diff
-- expect: answered
SELECT datediff('year', born, DATE '2026-01-01') // 20 AS age, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY 1

-- case: ages in whole years
-- expect: answered
SELECT date_sub('year', born, DATE '2026-01-01') // 20 AS age, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY 1

-- case: ages by the year of birth
-- expect: answered
SELECT floor((2026 - birth_year) / 10.0) * 10 AS age, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY 1

-- case: a date made of parts
-- expect: answered
SELECT make_date(year(born), 1, 1) AS y, count(*) AS n FROM health.persons WHERE born > make_date(1990, 1, 1) GROUP BY 1 ORDER BY 1

-- case: time between two texts
-- expect: answered
SELECT count(*) AS n FROM health.visits WHERE day BETWEEN '2026-03-01' AND '2026-06-30'

-- case: date arithmetic in a filter
-- expect: answered
SELECT count(*) AS n FROM health.visits WHERE day >= DATE '2026-06-01' - INTERVAL 1 MONTH AND day < DATE '2026-01-01' + INTERVAL '10 months'

-- case: parts of a date in a filter
-- expect: answered
SELECT count(*) AS n FROM health.visits WHERE year(day) = 2026 AND month(day) IN (1, 2, 3) OR date_trunc('month', day) = DATE '2026-05-01'

-- case: texts that begin, end or hold
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE district ILIKE 'e%' OR starts_with(district, 'W') OR suffix(district, 'th') OR contains(district, 'sl') OR prefix(district, 'N')

-- case: text that is not like
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE district NOT ILIKE 'e%' AND NOT ends_with(district, 'ck')

-- case: a number read as text
-- expect: answered
SELECT sex, count(*) AS n FROM health.persons WHERE CAST(birth_year AS VARCHAR) LIKE '19%' GROUP BY sex ORDER BY sex

-- case: is distinct from
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE sex IS DISTINCT FROM 'F' AND vip IS NOT TRUE AND birth_year NOT BETWEEN 1950 AND 1960

-- case: pairs in a list
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE (district, sex) IN (('East', 'F'), ('West', 'M'))

-- case: any of a list
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE district = ANY(['East', 'West']) AND coalesce(vip, false)

-- case: trimmed and replaced keys
-- expect: answered
SELECT replace(trim(both ' ' from district), 'East', 'E') AS d, ltrim(sex) AS s, count(*) AS n FROM health.persons GROUP BY 1, 2 ORDER BY 1, 2

-- case: order by all
-- expect: answered
SELECT district, sex, count(*) AS n FROM health.persons GROUP BY ALL ORDER BY ALL DESC

-- case: fetch first
-- expect: answered
SELECT district, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY count(*) DESC, district FETCH FIRST 3 ROWS ONLY

-- case: nulls last
-- expect: answered
SELECT education, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY education DESC NULLS FIRST LIMIT 3

-- case: new names in a cte
-- expect: answered
WITH d(k, v) AS (SELECT district, count(*) FROM health.persons GROUP BY 1) SELECT k, v FROM d ORDER BY 1

-- case: new names for a subquery over rows
-- expect: answered
SELECT k, count(*) AS n FROM (SELECT district, sex FROM health.persons) AS d(k, s) WHERE s = 'F' GROUP BY k ORDER BY k

-- case: a materialized cte
-- expect: answered
WITH d AS MATERIALIZED (SELECT district, count(*) AS n FROM health.persons GROUP BY 1) SELECT * FROM d ORDER BY n

-- case: all but one column
-- expect: answered
WITH d AS (SELECT district, sex, count(*) AS n FROM health.persons GROUP BY 1, 2) SELECT * EXCLUDE (sex) FROM d ORDER BY ALL

-- case: labels put together
-- expect: answered
SELECT concat(district, ' ', count(*)::VARCHAR) AS label, district || ': ' || count(*) AS other FROM health.persons GROUP BY district ORDER BY 1

-- case: a union that removes duplicates
-- expect: answered
SELECT 'F' AS sex, count(*) AS n FROM health.persons WHERE sex = 'F' UNION SELECT 'M', count(*) FROM health.persons WHERE sex = 'M' ORDER BY 1

-- case: cost per person by city
-- expect: answered
SELECT h.city, count(DISTINCT v.person_id) AS persons, sum(v.cost) AS cost, sum(v.cost) / count(DISTINCT v.person_id) AS each FROM health.visits v JOIN health.hospitals h USING (hospital_id) GROUP BY h.city ORDER BY 1

-- case: three tables with an outer join
-- expect: answered
SELECT h.city, p.sex, count(*) AS n FROM health.hospitals h JOIN health.visits v ON v.hospital_id = h.hospital_id LEFT JOIN health.persons p ON p.person_id = v.person_id GROUP BY ALL ORDER BY ALL
