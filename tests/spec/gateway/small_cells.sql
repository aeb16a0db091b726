Small groups, and the ways around a threshold.

-- case: a small group by a filter is as absent as an empty one
-- expect: rows []
-- withheld: yes
SELECT sex, count(*) AS n FROM health.persons WHERE district = 'Rock' GROUP BY sex

-- case: an empty group reads the same
-- expect: rows []
-- withheld: yes
SELECT sex, count(*) AS n FROM health.persons WHERE district = 'Nowhere' GROUP BY sex

-- case: a small global count is nothing
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) AS n FROM health.persons WHERE district = 'Rock'

-- case: an empty global count is nothing
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) AS n FROM health.persons WHERE district = 'Nowhere'

-- case: the having probe sees what is protected
-- expect: rows [["Isle", 12]]
SELECT district, count(*) AS n FROM health.persons GROUP BY district HAVING count(*) <= 12

-- case: order and limit see what is protected
-- expect: rows [["Isle", 12]]
SELECT district, count(*) AS n FROM health.persons GROUP BY district ORDER BY n LIMIT 1

-- case: a case probe on the count
-- expect: rows [["Isle", "other"]]
-- withheld: yes
SELECT district, CASE WHEN count(*) = 3 THEN 'three' ELSE 'other' END AS c FROM health.persons WHERE district IN ('Rock', 'Isle') GROUP BY district

-- case: coalesce does not bring a figure back
-- expect: rows [[-1]]
-- withheld: yes
SELECT coalesce(count(*), -1) AS n FROM health.persons WHERE district = 'Rock'

-- case: is null on a figure tells no more
-- expect: rows [[true]]
-- withheld: yes
SELECT count(*) IS NULL AS n FROM health.persons WHERE district = 'Nowhere'

-- case: the total beside the groups costs one more group
-- expect: rows [["East", 100], ["North", 60], ["South", 40], ["West", 80], ["all", 295]]
-- withheld: yes
SELECT district, count(*) AS n FROM health.persons GROUP BY district UNION ALL SELECT 'all', count(*) FROM health.persons

-- case: a division by zero is no oracle
-- expect: rows [[147]]
SELECT count(*) AS n FROM health.persons WHERE sex = 'F' OR 1 // (birth_year - 1940) > 5

-- case: a cast of a name is no oracle
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) AS n FROM health.persons WHERE CAST(district AS INTEGER) = 1

-- case: an overflow is no oracle
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) AS n FROM health.persons WHERE birth_year * birth_year * birth_year > 0

-- case: a comparison of text with a number is no oracle
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) AS n FROM health.persons WHERE district = 5

-- case: a bad date is no oracle
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) AS n FROM health.persons WHERE sex = 'F' AND born > 'yesterday'

-- case: a fan-out by a self join counts persons
-- expect: rows []
-- withheld: yes
SELECT a.district, count(*) AS n FROM health.persons a JOIN health.persons b ON a.person_id = b.person_id WHERE a.district = 'Rock' GROUP BY 1

-- case: a fan-out by visits counts persons
-- expect: rows []
-- withheld: yes
SELECT p.district, count(*) AS n FROM health.persons p JOIN health.visits v ON p.person_id = v.person_id WHERE p.district IN ('Rock', 'Isle') GROUP BY 1

-- case: a left join counts the persons of both sides
-- expect: rows []
-- withheld: yes
SELECT p.district, count(*) AS n FROM health.persons p LEFT JOIN health.visits v ON p.person_id = v.person_id AND v.kind = 'lab' WHERE p.district = 'Isle' GROUP BY 1

-- case: the persons without a visit are no group
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) AS n FROM health.persons p LEFT JOIN health.visits v ON p.person_id = v.person_id WHERE v.kind IS NULL

-- case: a condition that nearly all meet is withheld
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) FILTER (WHERE district <> 'Rock') AS n FROM health.persons

-- case: a condition that few meet is withheld
-- expect: rows [[null]]
-- withheld: yes
SELECT count(*) FILTER (WHERE district = 'Rock') AS n FROM health.persons

-- case: a conditional sum that nearly all meet is withheld
-- expect: rows [[null, 295]]
-- withheld: yes
SELECT sum(CASE WHEN district <> 'Rock' THEN income ELSE 0 END) AS n, count(*) AS c FROM health.persons

-- case: the same value everywhere has no spread
-- expect: rows [[null]]
-- withheld: yes
SELECT stddev_samp(income) AS s FROM health.persons WHERE birth_year < 1900

-- case: distinct shows only groups of k
-- expect: rows [["East"], ["Isle"], ["North"], ["South"], ["West"]]
-- withheld: yes
SELECT DISTINCT district FROM health.persons

-- case: constants by the row are one cell
-- expect: rows []
-- withheld: yes
SELECT 'x' AS x, count(*) AS n FROM health.persons WHERE district = 'Rock' GROUP BY 1

-- case: a small cell hidden by a cte is small
-- expect: rows [[null]]
-- withheld: yes
WITH x AS (SELECT district FROM health.persons WHERE district = 'Rock') SELECT count(*) AS n FROM x

-- case: a sum of withheld cells is nothing
-- expect: rows [[null]]
-- withheld: yes
SELECT sum(n) AS n FROM (SELECT district, count(*) AS n FROM health.persons WHERE district = 'Rock' GROUP BY 1) t
