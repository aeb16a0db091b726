What analysts write. Every query here must go on working; under `loose` terms each is
compared with plain DuckDB's answer.

-- case: count by group
-- expect: rows [["East", 100], ["Isle", 12], ["North", 60], ["South", 40], ["West", 80]]
-- withheld: yes
SELECT district, count(*) AS n FROM health.persons GROUP BY 1

-- case: count of everything
-- expect: rows [[295]]
-- withheld: no
SELECT count(*) FROM health.persons

-- case: group by name and order by the count
-- expect: answered
SELECT district, count(*) AS n FROM health.persons GROUP BY district ORDER BY n DESC, district LIMIT 2

-- case: group by alias
-- expect: answered
SELECT upper(district) AS d, count(*) AS n FROM health.persons GROUP BY d ORDER BY d

-- case: group by all
-- expect: answered
SELECT sex, birth_year >= 1970 AS younger, count(*) AS n FROM health.persons GROUP BY ALL

-- case: two keys
-- expect: answered
SELECT district, sex, count(*) AS n FROM health.persons GROUP BY district, sex ORDER BY 1, 2

-- case: a filter
-- expect: answered
SELECT district, count(*) AS n FROM health.persons WHERE sex = 'F' GROUP BY 1 ORDER BY 1

-- case: filters with and, or, not, in, between
-- expect: answered
SELECT sex, count(*) AS n FROM health.persons
WHERE (district IN ('East', 'West') OR birth_year BETWEEN 1950 AND 1980) AND NOT vip GROUP BY sex ORDER BY sex

-- case: like
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE district LIKE '%st'

-- case: not like
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE district NOT LIKE 'E%'

-- case: is null and is not null
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE district IS NOT NULL AND NOT birth_year IS NULL

-- case: a boolean column as a condition
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE vip

-- case: date literal as text
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE born >= '1970-01-01'

-- case: typed date literal
-- expect: answered
SELECT count(*) AS n FROM health.persons WHERE born >= DATE '1970-01-01' AND born < DATE '1990-01-01'

-- case: sums, averages and counts side by side
-- expect: answered
SELECT district, count(*) AS n, sum(income) AS total, avg(income) AS mean FROM health.persons GROUP BY district ORDER BY district

-- case: the standard deviation
-- expect: answered
SELECT sex, stddev_samp(income) AS spread FROM health.persons GROUP BY sex ORDER BY sex

-- case: stddev is stddev_samp
-- expect: answered
SELECT stddev(income) AS spread FROM health.persons

-- case: a clamped average
-- expect: answered
SELECT avg(weight) AS w FROM health.persons

-- case: persons are counted distinct
-- expect: answered
SELECT kind, count(DISTINCT person_id) AS persons, count(*) AS visits FROM health.visits GROUP BY kind ORDER BY kind

-- case: other join keys are counted distinct
-- expect: answered
SELECT kind, count(DISTINCT hospital_id) AS hospitals FROM health.visits GROUP BY kind ORDER BY kind

-- case: having on the count
-- expect: answered
SELECT district, count(*) AS n FROM health.persons GROUP BY district HAVING count(*) > 50 ORDER BY n

-- case: having on an alias
-- expect: answered
SELECT district, count(*) AS n FROM health.persons GROUP BY district HAVING n BETWEEN 20 AND 90 ORDER BY n

-- case: having on an aggregate that is not shown
-- expect: answered
SELECT district FROM health.persons GROUP BY district HAVING avg(income) > 1000 ORDER BY district

-- case: arithmetic on aggregates
-- expect: answered
SELECT district, sum(income) / count(*) AS per_head, round(avg(income), 1) AS mean FROM health.persons GROUP BY 1 ORDER BY 1

-- case: a case band over a filter column
-- expect: answered
SELECT CASE WHEN birth_year < 1960 THEN 'old' WHEN birth_year < 1980 THEN 'middle' ELSE 'young' END AS band, count(*) AS n
FROM health.persons GROUP BY 1 ORDER BY 1

-- case: a simple case
-- expect: answered
SELECT CASE sex WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' END AS s, count(*) AS n FROM health.persons GROUP BY s ORDER BY s

-- case: a band over a column that may only be filtered
-- expect: answered
SELECT CASE WHEN vip THEN 'vip' ELSE 'other' END AS v, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY 1

-- case: a group key that may not be filtered
-- expect: answered
SELECT education, count(*) AS n FROM health.persons GROUP BY education ORDER BY education

-- case: coalesce on a group key
-- expect: answered
SELECT coalesce(education, 'unknown') AS e, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY 1

-- case: decades by integer arithmetic
-- expect: answered
SELECT birth_year // 10 * 10 AS decade, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY 1

-- case: decades by remainder
-- expect: answered
SELECT birth_year - birth_year % 10 AS decade, count(*) AS n FROM health.persons GROUP BY decade ORDER BY decade

-- case: date_trunc by month
-- expect: answered
SELECT date_trunc('month', day) AS month, count(*) AS n FROM health.visits GROUP BY 1 ORDER BY 1

-- case: year and month of a date
-- expect: answered
SELECT year(day) AS y, quarter(day) AS q, count(*) AS n FROM health.visits GROUP BY 1, 2 ORDER BY 1, 2

-- case: extract
-- expect: answered
SELECT extract(month FROM born) AS m, count(*) AS n FROM health.persons GROUP BY m ORDER BY m

-- case: date_part
-- expect: answered
SELECT date_part('year', day) AS y, count(*) AS n FROM health.visits GROUP BY date_part('year', day)

-- case: a cast of a key to a date
-- expect: answered
SELECT CAST(day AS DATE) >= DATE '2026-06-01' AS later, count(*) AS n FROM health.visits GROUP BY 1 ORDER BY 1

-- case: text functions on a key
-- expect: answered
SELECT lower(substr(district, 1, 1)) || '.' AS d, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY 1

-- case: left and trim
-- expect: answered
SELECT left(trim(district), 2) AS d, length(district) AS l, count(*) AS n FROM health.persons GROUP BY 1, 2 ORDER BY 1, 2

-- case: a conditional count by filter
-- expect: answered
SELECT district, count(*) FILTER (WHERE sex = 'F') AS women FROM health.persons GROUP BY district ORDER BY district

-- case: a conditional count by sum of case
-- expect: answered
SELECT district, sum(CASE WHEN sex = 'F' THEN 1 ELSE 0 END) AS women, count(*) AS n FROM health.persons GROUP BY district ORDER BY district

-- case: a conditional count by count of case
-- expect: answered
SELECT count(CASE WHEN birth_year > 1970 THEN 1 END) AS young FROM health.persons

-- case: a share by avg of case
-- expect: answered
SELECT sex, avg(CASE WHEN birth_year > 1970 THEN 1 ELSE 0 END) AS young FROM health.persons GROUP BY sex ORDER BY sex

-- case: a conditional sum
-- expect: answered
SELECT sum(income) FILTER (WHERE sex = 'F') AS f, sum(CASE WHEN sex = 'M' THEN income ELSE 0 END) AS m FROM health.persons

-- case: a count of a column counts its values
-- expect: answered
SELECT count(district) AS d FROM health.persons WHERE sex = 'F'

-- case: a ratio of two aggregates
-- expect: answered
SELECT district, sum(CASE WHEN sex = 'F' THEN 1 ELSE 0 END) * 100.0 / count(*) AS pct FROM health.persons GROUP BY district ORDER BY district

-- case: percent of total by a window
-- expect: answered
SELECT sex, count(*) AS n, 100.0 * count(*) / sum(count(*)) OVER () AS pct FROM health.persons GROUP BY sex ORDER BY sex

-- case: a rank over protected results
-- expect: answered
SELECT district, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS r FROM health.persons GROUP BY district ORDER BY r, district

-- case: a running total
-- expect: answered
SELECT birth_year // 20 AS b, count(*) AS n, sum(count(*)) OVER (ORDER BY birth_year // 20) AS running FROM health.persons GROUP BY 1 ORDER BY 1

-- case: lag over months
-- expect: answered
WITH m AS (SELECT date_trunc('quarter', day) AS q, count(*) AS n FROM health.visits GROUP BY 1)
SELECT q, n, n - lag(n) OVER (ORDER BY q) AS growth FROM m ORDER BY q

-- case: a moving average
-- expect: answered
WITH m AS (SELECT month(day) AS q, count(*) AS n FROM health.visits GROUP BY 1)
SELECT q, avg(n) OVER (ORDER BY q ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS smooth FROM m ORDER BY q

-- case: a window with a partition
-- expect: answered
WITH x AS (SELECT district, sex, count(*) AS n FROM health.persons GROUP BY 1, 2)
SELECT district, sex, n, row_number() OVER (PARTITION BY sex ORDER BY n DESC, district) AS r FROM x ORDER BY sex, r

-- case: a cte
-- expect: answered
WITH women AS (SELECT district, birth_year FROM health.persons WHERE sex = 'F')
SELECT district, count(*) AS n FROM women WHERE birth_year < 1980 GROUP BY district ORDER BY district

-- case: two ctes, one on the other
-- expect: answered
WITH a AS (SELECT district, count(*) AS n FROM health.persons GROUP BY 1), b AS (SELECT max(n) AS most FROM a)
SELECT a.district, a.n, b.most FROM a CROSS JOIN b ORDER BY a.district

-- case: a derived table
-- expect: answered
SELECT d, count(*) AS n FROM (SELECT district AS d FROM health.persons WHERE birth_year > 1950) AS t GROUP BY d ORDER BY d

-- case: an aggregate of a protected aggregate
-- expect: answered
SELECT avg(n) AS mean, max(n) AS most, min(n) AS least FROM (SELECT sex, district, count(*) AS n FROM health.persons WHERE district IN ('East', 'West', 'North') GROUP BY 1, 2) AS t

-- case: a join of persons and visits
-- expect: answered
SELECT p.sex, count(*) AS visits, count(DISTINCT p.person_id) AS persons
FROM health.persons AS p JOIN health.visits AS v ON p.person_id = v.person_id GROUP BY p.sex ORDER BY p.sex

-- case: a join with using
-- expect: answered
SELECT sex, kind, count(*) AS n FROM health.persons JOIN health.visits USING (person_id) GROUP BY sex, kind ORDER BY 1, 2

-- case: a left join
-- expect: answered
SELECT p.district, count(*) AS n FROM health.persons p LEFT JOIN health.visits v ON p.person_id = v.person_id WHERE p.district IN ('East', 'West') GROUP BY 1 ORDER BY 1

-- case: visits counted over a left join
-- expect: answered
SELECT p.sex, count(v.person_id) AS visits FROM health.persons p LEFT JOIN health.visits v ON p.person_id = v.person_id GROUP BY 1 ORDER BY 1

-- case: a comma join
-- expect: answered
SELECT v.kind, count(*) AS n FROM health.persons p, health.visits v WHERE p.person_id = v.person_id AND p.sex = 'F' GROUP BY 1 ORDER BY 1

-- case: a three-way join with an open table
-- expect: answered
SELECT h.city, p.sex, count(*) AS n, sum(v.cost) AS cost
FROM health.visits v JOIN health.persons p ON v.person_id = p.person_id JOIN health.hospitals h ON h.hospital_id = v.hospital_id
WHERE h.beds >= 200 GROUP BY h.city, p.sex HAVING count(*) >= 20 ORDER BY 1, 2

-- case: a condition in on
-- expect: answered
SELECT p.sex, count(*) AS n FROM health.persons p JOIN health.visits v ON p.person_id = v.person_id AND v.kind = 'lab' GROUP BY 1 ORDER BY 1

-- case: the open table row by row
-- expect: answered
SELECT hospital_id, city, beds FROM health.hospitals WHERE beds > 150 ORDER BY beds DESC

-- case: all of the open table
-- expect: answered
SELECT * FROM health.hospitals ORDER BY hospital_id LIMIT 3 OFFSET 1

-- case: aggregates over the open table
-- expect: answered
SELECT city, count(*) AS n, sum(beds) AS beds, max(beds) AS most, median(beds) AS middle FROM health.hospitals GROUP BY city ORDER BY city

-- case: a window over the open table
-- expect: answered
SELECT hospital_id, rank() OVER (PARTITION BY city ORDER BY beds DESC) AS r FROM health.hospitals ORDER BY 1

-- case: distinct over the open table
-- expect: answered
SELECT DISTINCT city FROM health.hospitals ORDER BY city

-- case: a chinese column name
-- expect: answered
SELECT "名称" AS 医院, beds FROM health.hospitals ORDER BY beds

-- case: a chinese alias
-- expect: answered
SELECT district AS 区, count(*) AS 人数 FROM health.persons GROUP BY 区 ORDER BY 人数 DESC, 区

-- case: a protected result joined with an open table
-- expect: answered
WITH n AS (SELECT hospital_id, count(*) AS visits FROM health.visits GROUP BY 1)
SELECT h.city, n.visits, n.visits * 1.0 / h.beds AS per_bed FROM n JOIN health.hospitals h ON h.hospital_id = n.hospital_id ORDER BY 1, 2

-- case: two protected results joined
-- expect: answered
WITH p AS (SELECT district, count(*) AS n FROM health.persons GROUP BY 1),
v AS (SELECT p.district, count(*) AS m FROM health.persons p JOIN health.visits v USING (person_id) GROUP BY 1)
SELECT p.district, p.n, v.m, v.m * 1.0 / p.n AS rate FROM p LEFT JOIN v ON p.district = v.district WHERE p.n > 20 ORDER BY 1

-- case: a union of protected results
-- expect: answered
SELECT 'persons' AS what, count(*) AS n FROM health.persons UNION ALL SELECT 'visits', count(*) FROM health.visits ORDER BY 1

-- case: a union of protected rows
-- expect: answered
SELECT u.k, count(*) AS n FROM (SELECT kind AS k, person_id FROM health.visits WHERE kind = 'lab' UNION ALL SELECT sex, person_id FROM health.persons) AS u GROUP BY u.k ORDER BY 1

-- case: a global figure beside the groups
-- expect: answered
SELECT sex, count(*) AS n, count(*) * 1.0 / (SELECT count(*) FROM health.persons) AS share FROM health.persons GROUP BY sex ORDER BY sex

-- case: distinct keys are groups
-- expect: answered
SELECT DISTINCT sex FROM health.persons ORDER BY sex

-- case: per person, then the average over persons
-- expect: answered
SELECT avg(total) AS mean FROM (SELECT person_id, sum(cost) AS total FROM health.visits GROUP BY person_id) AS t

-- case: per person and joined back
-- expect: answered
WITH t AS (SELECT person_id, sum(cost) AS total FROM health.visits GROUP BY person_id)
SELECT p.sex, avg(t.total) AS mean, count(*) AS n FROM health.persons p JOIN t ON p.person_id = t.person_id GROUP BY p.sex ORDER BY 1

-- case: visits per person
-- expect: answered
WITH t AS (SELECT person_id, count(*) AS visits FROM health.visits GROUP BY person_id)
SELECT avg(visits) AS mean, sum(visits) AS total FROM t

-- case: a parameter
-- expect: answered
-- params: ["F"]
SELECT district, count(*) AS n FROM health.persons WHERE sex = ? GROUP BY 1 ORDER BY 1

-- case: parameters keep the order of the text
-- expect: answered
-- params: [100, 1960, "M", 1]
WITH a AS (SELECT district, count(*) * ? AS n FROM health.persons WHERE birth_year > ? AND sex = ? GROUP BY 1)
SELECT district, n FROM a WHERE n > ? ORDER BY district

-- case: the same count twice
-- expect: answered
SELECT count(*) AS a, count(*) AS b, count(*) + count(*) AS c FROM health.persons

-- case: functions on outputs
-- expect: answered
SELECT upper(district) AS d, round(avg(income), 2) AS m, CAST(count(*) AS VARCHAR) AS n, coalesce(sum(income), 0) AS s
FROM health.persons WHERE district IN ('East', 'West') GROUP BY district ORDER BY 1

-- case: mathematics on outputs
-- expect: answered
SELECT sqrt(count(*)) AS r, ln(count(*)) AS l, power(count(*), 2) AS p FROM health.persons

-- case: a case over outputs
-- expect: answered
SELECT district, CASE WHEN count(*) > 70 THEN 'large' ELSE 'small' END AS size FROM health.persons WHERE district IN ('East', 'West', 'North') GROUP BY district ORDER BY district

-- case: comments are no part of a query
-- expect: answered
SELECT /* all of them */ count(*) AS n -- the count
FROM health.persons

-- case: from first
-- expect: answered
FROM health.hospitals SELECT city, beds ORDER BY beds

-- case: a full table name as a qualifier
-- expect: answered
SELECT health.persons.sex, count(*) AS n FROM health.persons GROUP BY health.persons.sex ORDER BY 1

-- case: a group key written two ways
-- expect: answered
SELECT p.sex, count(*) AS n FROM health.persons p GROUP BY sex ORDER BY p.sex

-- case: names in any case
-- expect: answered
select SEX, COUNT(*) as N from HEALTH.Persons group by Sex order by sex

-- case: interval arithmetic
-- expect: answered
SELECT count(*) AS n FROM health.visits WHERE day < TIMESTAMP '2026-01-31 00:00:00' + INTERVAL 60 DAY

-- case: days between
-- expect: answered
SELECT date_diff('day', DATE '2026-01-01', day) // 90 AS q, count(*) AS n FROM health.visits GROUP BY 1 ORDER BY 1

-- case: a self join on the unit
-- expect: answered
SELECT a.sex, count(*) AS n FROM health.persons a JOIN health.persons b ON a.person_id = b.person_id WHERE b.vip GROUP BY 1 ORDER BY 1

-- case: a trailing semicolon
-- expect: answered
SELECT count(*) AS n FROM health.persons;

-- case: greatest and least on outputs
-- expect: answered
SELECT greatest(count(*), 100) AS g, least(sum(income), 1) AS l FROM health.persons

-- case: if and nullif
-- expect: answered
SELECT if(birth_year < 1970, 'a', 'b') AS k, nullif(count(*), 0) AS n FROM health.persons GROUP BY 1 ORDER BY 1

-- case: the persons who had some kind of visit
-- expect: answered
SELECT sex, count(*) AS n FROM health.persons WHERE person_id IN (SELECT person_id FROM health.visits WHERE kind = 'lab') GROUP BY sex ORDER BY sex

-- case: visits to the hospitals of a city
-- expect: answered
SELECT kind, count(*) AS n FROM health.visits WHERE hospital_id IN (SELECT hospital_id FROM health.hospitals WHERE city = 'A') GROUP BY kind ORDER BY kind

-- case: two memberships and a filter
-- expect: answered
SELECT count(*) AS n FROM health.persons p WHERE p.person_id IN (SELECT v.person_id FROM health.visits v WHERE v.kind = 'in') AND p.person_id IN (SELECT person_id FROM health.visits WHERE kind = 'out') AND sex = 'F'

-- case: results among results
-- expect: answered
WITH big AS (SELECT district, count(*) AS n FROM health.persons GROUP BY 1 HAVING count(*) > 50)
SELECT x.district, x.n FROM (SELECT district, count(*) AS n FROM health.persons WHERE sex = 'F' GROUP BY 1) AS x WHERE x.district IN (SELECT district FROM big) ORDER BY 1
