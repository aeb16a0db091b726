The owner's row filter cannot be seen, widened or removed.

-- case: the row filter holds
-- expect: rows [["East", 100], ["West", 80]]
-- terms: filtered
SELECT district, count(*) AS n FROM health.persons GROUP BY district

-- case: or true does not lift the row filter
-- expect: rows [[180]]
-- terms: filtered
SELECT count(*) AS n FROM health.persons WHERE true OR district = 'North'

-- case: a filter for the rows outside finds nothing
-- expect: rows [[null]]
-- terms: filtered
SELECT count(*) AS n FROM health.persons WHERE district = 'North'

-- case: a bracket does not close the row filter
-- expect: rows [[null]]
-- terms: filtered
SELECT count(*) AS n FROM health.persons WHERE district = 'x'') OR (''1''=''1'

-- case: the row filter holds through an alias and a cte
-- expect: rows [["East", 100], ["West", 80]]
-- terms: filtered
WITH a AS (SELECT * FROM health.persons AS z) SELECT district, count(*) AS n FROM a GROUP BY 1

-- case: the row filter holds on both sides of a self join
-- expect: rows [["East", 100], ["West", 80]]
-- terms: filtered
SELECT a.district, count(*) AS n FROM health.persons a JOIN health.persons b ON a.person_id = b.person_id GROUP BY 1

-- case: a left join does not bring filtered rows back
-- expect: rows [["East", 150], ["West", 120]]
-- terms: filtered
SELECT p.district, count(*) AS n FROM health.visits v LEFT JOIN health.persons p ON p.person_id = v.person_id GROUP BY 1 HAVING count(*) > 0
