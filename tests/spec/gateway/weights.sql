Ways to make some people's rows count more often than others', so that one figure over many spells
out the few among them; and zeros that fill up a threshold.

-- case: duplicated branches of a union
-- expect: refused not_protectable
SELECT count(*) AS n FROM (SELECT person_id, sex FROM health.persons WHERE district = 'Rock' UNION ALL SELECT person_id, sex FROM health.persons WHERE district = 'Rock') t

-- case: weights by the branches of a union
-- expect: refused not_protectable
SELECT count(*) AS n FROM (SELECT person_id FROM health.persons UNION ALL SELECT person_id FROM health.persons WHERE district <> 'Rock' UNION ALL SELECT person_id FROM health.persons WHERE district <> 'Rock') t

-- case: weights by a union of a cte with itself
-- expect: refused not_protectable
WITH a AS (SELECT person_id FROM health.persons WHERE district <> 'Rock'), b AS (SELECT * FROM a UNION ALL SELECT * FROM a) SELECT count(*) FROM b

-- case: weights by a union of per-person rows
-- expect: refused not_protectable
SELECT sum(n) FROM (SELECT person_id, count(*) AS n FROM health.visits GROUP BY person_id UNION ALL SELECT person_id, count(*) AS n FROM health.visits GROUP BY person_id) t

-- case: weights by a table of constants
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.persons p JOIN (SELECT 'Rock' AS d UNION ALL SELECT 'East' UNION ALL SELECT 'East' UNION ALL SELECT 'East') x ON p.district = x.d

-- case: weights by an open table crossed with itself
-- expect: refused not_protectable
SELECT sum(p.income) AS n FROM health.persons p JOIN (SELECT 'Rock' AS d UNION ALL SELECT x.d FROM (SELECT 'East' AS d UNION ALL SELECT 'West') x CROSS JOIN health.hospitals a CROSS JOIN health.hospitals b) y ON p.district = y.d

-- case: weights by an open table joined on a column with duplicates
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.visits v JOIN health.hospitals h ON v.hospital_id = h.hospital_id JOIN health.hospitals g ON g.city = h.city

-- case: weights by an open table through another
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.hospitals g JOIN health.hospitals h ON g.city = h.city JOIN health.visits v ON v.hospital_id = h.hospital_id

-- case: weights by an outer join with duplicates
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.persons p LEFT JOIN (SELECT 'East' AS d UNION ALL SELECT 'East') x ON p.district = x.d

-- case: weights by using with duplicates
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.persons JOIN (SELECT 'East' AS district UNION ALL SELECT 'East') x USING (district)

-- case: weights by a comma join with duplicates
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.persons p, (SELECT 'East' AS d UNION ALL SELECT 'East') x WHERE p.district = x.d

-- case: weights by a key that matches in two spellings
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.persons p JOIN (SELECT '1950' AS y UNION ALL SELECT '01950') x ON p.birth_year = x.y

-- case: weights by constants that are summed
-- expect: refused no_right
SELECT sum(x.w) AS n FROM health.persons p JOIN (SELECT 'Rock' AS d, 1 AS w UNION ALL SELECT 'East', 1000) x ON p.district = x.d

-- case: weights inside per-person rows
-- expect: refused not_protectable
SELECT sum(n) FROM (SELECT p.person_id, count(*) AS n FROM health.persons p JOIN (SELECT 'East' AS d UNION ALL SELECT 'East') x ON p.district = x.d GROUP BY p.person_id) t

-- case: a table of constants with one row per key
-- expect: rows [["a", 180], ["b", 100]]
SELECT x.k, count(*) AS n FROM health.persons p JOIN (SELECT 'East' AS d, 'a' AS k UNION ALL SELECT 'West', 'a' UNION ALL SELECT 'North', 'b' UNION ALL SELECT 'South', 'b') x ON p.district = x.d GROUP BY x.k

-- case: an open table made to have one row per key
-- expect: answered
SELECT c.n AS hospitals, count(*) AS visits FROM health.visits v JOIN health.hospitals h ON v.hospital_id = h.hospital_id JOIN (SELECT city, count(*) AS n FROM health.hospitals GROUP BY city) c ON c.city = h.city GROUP BY 1 ORDER BY 1

-- case: powers of the number of rows
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.visits a JOIN health.visits b USING (person_id) JOIN health.visits c ON c.person_id = a.person_id

-- case: powers of the number of rows through subqueries
-- expect: refused not_protectable
SELECT count(*) AS n FROM (SELECT a.person_id FROM health.visits a JOIN health.visits b ON a.person_id = b.person_id) x JOIN health.visits c ON c.person_id = x.person_id

-- case: rows of one person met with those of others
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.visits a JOIN health.visits b ON a.hospital_id = b.hospital_id WHERE b.kind = 'lab'

-- case: rows of one person met with those of others by an outer join
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.visits a LEFT JOIN health.visits b ON a.hospital_id = b.hospital_id

-- case: rows matched by the person and another key
-- expect: answered
SELECT count(*) AS n FROM health.visits a JOIN health.visits b ON a.hospital_id = b.hospital_id AND a.person_id = b.person_id

-- case: a condition in a full join
-- expect: refused not_protectable
SELECT count(*) AS n FROM health.persons p FULL JOIN health.visits v ON p.person_id = v.person_id AND p.district = 'Rock'

-- case: zeros by a count under a condition per person
-- expect: rows [[null]]
-- withheld: yes
SELECT sum(c) AS n FROM (SELECT person_id, count(*) FILTER (WHERE district = 'Rock') AS c FROM health.persons GROUP BY person_id) t

-- case: zeros by a sum of case per person
-- expect: rows [[null]]
-- withheld: yes
SELECT sum(s) AS n FROM (SELECT person_id, sum(CASE WHEN district = 'Rock' THEN income ELSE 0 END) AS s FROM health.persons GROUP BY person_id) t

-- case: zeros by an average of a count per person
-- expect: rows [[null, 295]]
-- withheld: yes
SELECT avg(c) AS n, count(*) AS persons FROM (SELECT person_id, count(*) FILTER (WHERE district = 'Rock') AS c FROM health.persons GROUP BY person_id) t

-- case: zeros by a spread per person
-- expect: rows [[null]]
-- withheld: yes
SELECT stddev_samp(c) AS n FROM (SELECT person_id, count(*) FILTER (WHERE district = 'Rock') AS c FROM health.persons GROUP BY person_id) t

-- case: a condition that all but a few meet per person
-- expect: rows [[null]]
-- withheld: yes
SELECT sum(c) AS n FROM (SELECT person_id, count(*) FILTER (WHERE district <> 'Rock') AS c FROM health.persons GROUP BY person_id) t

-- case: zeros passed on through a second grouping per person
-- expect: rows [[null]]
-- withheld: yes
SELECT sum(n) AS n FROM (SELECT person_id, sum(c) AS n FROM (SELECT person_id, count(*) FILTER (WHERE district = 'Rock') AS c FROM health.persons GROUP BY person_id) t GROUP BY person_id) u

-- case: zeros by a column of an outer join per person
-- expect: rows [[null]]
-- withheld: yes
SELECT sum(c) AS n FROM (SELECT v.person_id, count(h.hospital_id) AS c FROM health.visits v LEFT JOIN health.hospitals h ON h.hospital_id = v.hospital_id AND v.day = '2026-01-12' GROUP BY v.person_id) t

-- case: a condition inside and one outside
-- expect: refused not_protectable
SELECT sum(c) FILTER (WHERE district = 'East') AS n FROM (SELECT person_id, district, count(*) FILTER (WHERE sex = 'F') AS c FROM health.persons GROUP BY person_id, district) t

-- case: a count under a condition per person that many meet
-- expect: rows [[147]]
SELECT sum(c) AS n FROM (SELECT person_id, count(*) FILTER (WHERE sex = 'F') AS c FROM health.persons GROUP BY person_id) t

-- case: units numbered and cut
-- expect: refused not_protectable
SELECT count(*) AS n FROM (SELECT person_id, row_number() OVER () AS r FROM health.visits GROUP BY person_id) t WHERE r <= 11

-- case: units divided into tiles
-- expect: refused not_protectable
SELECT r, count(*) AS n FROM (SELECT person_id, ntile(20) OVER () AS r FROM health.visits GROUP BY person_id) t GROUP BY r

-- case: a result beside per-person rows
-- expect: refused not_protectable
SELECT sum(c) FROM (SELECT person_id, count(*) AS c, (SELECT count(*) FROM health.persons) AS n FROM health.visits GROUP BY person_id) t WHERE n > 3

-- case: a semi join before a right join
-- expect: refused not_allowed
SELECT count(*) FROM health.persons p SEMI JOIN health.visits v ON p.person_id = v.person_id RIGHT JOIN health.persons q ON q.person_id = p.person_id
