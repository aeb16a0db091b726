The five rights, by construct.

-- case: a row
-- expect: refused no_right not_protectable
SELECT sex FROM health.persons

-- case: all rows
-- expect: refused no_right not_protectable
SELECT * FROM health.persons

-- case: a constant per row
-- expect: refused not_protectable
SELECT 1 FROM health.persons

-- case: a row by limit
-- expect: refused no_right not_protectable
SELECT sex FROM health.persons LIMIT 1

-- case: an ungranted column
-- expect: refused unknown_name
SELECT name FROM health.persons

-- case: a column that does not exist
-- expect: refused unknown_name
SELECT nothing FROM health.persons

-- case: an ungranted column as a filter
-- expect: refused unknown_name
SELECT count(*) FROM health.persons WHERE note = 'x'

-- case: an ungranted column in order by
-- expect: refused unknown_name not_protectable
SELECT sex, count(*) FROM health.persons GROUP BY sex ORDER BY max(name)

-- case: an ungranted column inside count
-- expect: refused unknown_name
SELECT count(name) FROM health.persons

-- case: an ungranted column behind a short-circuit
-- expect: refused unknown_name
SELECT count(*) FROM health.persons WHERE false AND name = 'x'

-- case: a measure as a filter
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE income > 2000

-- case: a measure as a filter inside a subquery
-- expect: refused no_right
SELECT count(*) FROM (SELECT income FROM health.persons) t WHERE t.income = 1000

-- case: a measure as a filter through a cte
-- expect: refused no_right
WITH x AS (SELECT income AS i, sex FROM health.persons) SELECT count(*) FROM x WHERE i > 3

-- case: a measure as a group key
-- expect: refused no_right
SELECT income, count(*) FROM health.persons GROUP BY income

-- case: a measure banded by case
-- expect: refused no_right
SELECT CASE WHEN income > 2000 THEN 1 ELSE 0 END AS b, count(*) FROM health.persons GROUP BY 1

-- case: a measure inside a conditional count
-- expect: refused no_right
SELECT sum(CASE WHEN income > 2000 THEN 1 ELSE 0 END) FROM health.persons

-- case: a measure in a filter clause
-- expect: refused no_right
SELECT count(*) FILTER (WHERE income > 2000) FROM health.persons

-- case: a measure is null
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE income IS NULL

-- case: a measure in an expression
-- expect: refused no_right
SELECT sum(income * 2) FROM health.persons

-- case: a measure times a flag
-- expect: refused no_right
SELECT sum(income * CAST(sex = 'F' AS INT)) FROM health.persons

-- case: a measure cast
-- expect: refused no_right
SELECT sum(CAST(income AS DOUBLE)) FROM health.persons

-- case: a measure added to a key
-- expect: refused no_right
SELECT sum(income + birth_year) FROM health.persons

-- case: a measure with a coalesce
-- expect: refused no_right
SELECT sum(coalesce(income, 1000000)) FROM health.persons

-- case: a measure replaced by case
-- expect: refused not_protectable no_right
SELECT sum(CASE WHEN sex = 'F' THEN income ELSE 1000000 END) FROM health.persons

-- case: a function the terms do not name
-- expect: refused no_right
SELECT sum(weight) FROM health.persons

-- case: a key that is summed
-- expect: refused no_right
SELECT sum(birth_year) FROM health.persons

-- case: a key that is averaged
-- expect: refused no_right
SELECT avg(birth_year) FROM health.persons

-- case: max
-- expect: refused not_protectable no_right
SELECT max(income) FROM health.persons

-- case: min
-- expect: refused not_protectable no_right
SELECT min(born) FROM health.persons

-- case: max of a group key
-- expect: refused not_protectable no_right
SELECT max(sex) FROM health.persons

-- case: median
-- expect: refused not_protectable
SELECT median(income) FROM health.persons

-- case: quantile
-- expect: refused not_protectable not_allowed
SELECT quantile_cont(income, 0.5) FROM health.persons

-- case: mode
-- expect: refused not_protectable not_allowed
SELECT mode(sex) FROM health.persons

-- case: any_value
-- expect: refused not_protectable not_allowed
SELECT any_value(sex) FROM health.persons

-- case: first
-- expect: refused not_protectable not_allowed
SELECT first(sex) FROM health.persons

-- case: arg_max
-- expect: refused not_protectable not_allowed
SELECT arg_max(sex, birth_year) FROM health.persons

-- case: list
-- expect: refused not_protectable not_allowed
SELECT list(sex) FROM health.persons

-- case: string_agg
-- expect: refused not_protectable not_allowed
SELECT string_agg(sex, ',') FROM health.persons

-- case: histogram
-- expect: refused not_protectable not_allowed
SELECT histogram(sex) FROM health.persons

-- case: bool_or
-- expect: refused not_protectable not_allowed
SELECT bool_or(vip) FROM health.persons

-- case: product
-- expect: refused not_protectable not_allowed
SELECT product(birth_year) FROM health.persons

-- case: bit_xor
-- expect: refused not_protectable not_allowed
SELECT bit_xor(birth_year) FROM health.persons

-- case: corr
-- expect: refused not_protectable not_allowed
SELECT corr(income, weight) FROM health.persons

-- case: var_pop
-- expect: refused not_protectable not_allowed
SELECT var_pop(income) FROM health.persons

-- case: approx_count_distinct
-- expect: refused not_protectable not_allowed
SELECT approx_count_distinct(person_id) FROM health.persons

-- case: sum of distinct
-- expect: refused not_allowed
SELECT sum(DISTINCT income) FROM health.persons

-- case: count distinct of a key
-- expect: refused no_right
SELECT count(DISTINCT sex) FROM health.persons

-- case: count distinct of a measure
-- expect: refused no_right
SELECT count(DISTINCT income) FROM health.persons

-- case: count of a measure
-- expect: refused no_right
SELECT count(income) FROM health.persons

-- case: a key compared with a literal
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE person_id = 'p007'

-- case: a key compared through like
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE person_id LIKE 'p00%'

-- case: a key compared in a join
-- expect: refused no_right
SELECT count(*) FROM health.persons p JOIN health.visits v ON p.person_id = v.person_id AND p.person_id = 'p007'

-- case: a key joined with a constant
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons p JOIN (SELECT 'p007' AS id) x ON p.person_id = x.id

-- case: a key joined with a constant by using
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons p JOIN (SELECT 'p007' AS person_id) x USING (person_id)

-- case: a key in an expression
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE length(person_id) = 4

-- case: a key in an inequality between tables
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons p JOIN health.visits v ON p.person_id < v.person_id

-- case: a key matched under or
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons p JOIN health.visits v ON p.person_id = v.person_id OR v.kind = 'lab'

-- case: a key matched under not
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons p JOIN health.visits v ON NOT p.person_id = v.person_id

-- case: a unit's key matched with another key
-- expect: refused not_protectable
SELECT count(*) FROM health.persons p JOIN health.visits v ON p.person_id = v.visit_id

-- case: a unit's key matched with an open table's key
-- expect: refused not_protectable
SELECT count(*) FROM health.persons p JOIN health.hospitals h ON p.person_id = h.hospital_id

-- case: a filter column matched with a key
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons p JOIN health.visits v ON p.district = v.hospital_id

-- case: a cross join of protected tables
-- expect: refused not_protectable
SELECT count(*) FROM health.persons CROSS JOIN health.visits

-- case: a comma join without a key
-- expect: refused not_protectable
SELECT count(*) FROM health.persons p, health.visits v WHERE p.sex = 'F'

-- case: a cross join with an open table
-- expect: refused not_protectable
SELECT count(*) FROM health.persons, health.hospitals

-- case: a group column as a filter
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE education = 'college'

-- case: a group column as a filter by upper
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE upper(education) = 'COLLEGE'

-- case: a group column in a filter clause
-- expect: refused no_right
SELECT count(*) FILTER (WHERE education = 'college') FROM health.persons

-- case: a filter column as a group key
-- expect: refused no_right
SELECT vip, count(*) FROM health.persons GROUP BY vip

-- case: two tables' columns compared
-- expect: refused not_protectable
SELECT count(*) FROM health.persons p JOIN health.visits v ON p.person_id = v.person_id WHERE p.born < v.day

-- case: a window over rows
-- expect: refused not_protectable
SELECT row_number() OVER (ORDER BY birth_year) FROM health.persons

-- case: a running sum over rows
-- expect: refused not_protectable
SELECT sum(income) OVER (ORDER BY birth_year) FROM health.persons

-- case: lag over rows
-- expect: refused not_protectable
SELECT lag(sex) OVER (ORDER BY birth_year) FROM health.persons

-- case: an aggregate of a window over rows
-- expect: refused not_protectable
SELECT max(r) FROM (SELECT rank() OVER (ORDER BY birth_year) AS r FROM health.persons) t

-- case: a limit below the aggregate
-- expect: refused not_protectable
SELECT count(*) FROM (SELECT sex FROM health.persons LIMIT 11) t

-- case: an ordered limit below the aggregate
-- expect: refused not_protectable
SELECT sum(income) FROM (SELECT income FROM health.persons ORDER BY birth_year LIMIT 11) t

-- case: an offset below the aggregate
-- expect: refused not_protectable
SELECT count(*) FROM (SELECT sex FROM health.persons OFFSET 11) t

-- case: per person and shown
-- expect: refused no_right not_protectable
SELECT person_id, sum(income) FROM health.persons GROUP BY person_id

-- case: per person and having
-- expect: refused no_right
SELECT avg(s) FROM (SELECT person_id, sum(income) AS s FROM health.persons GROUP BY person_id HAVING sum(income) > 9) t

-- case: per person and filtered
-- expect: refused no_right
SELECT count(*) FROM (SELECT person_id, sum(cost) AS s FROM health.visits GROUP BY person_id) t WHERE s > 100

-- case: per person and grouped
-- expect: refused no_right
SELECT s, count(*) FROM (SELECT person_id, sum(cost) AS s FROM health.visits GROUP BY person_id) t GROUP BY s

-- case: per person and maximum
-- expect: refused not_protectable
SELECT max(s) FROM (SELECT person_id, sum(cost) AS s FROM health.visits GROUP BY person_id) t

-- case: per person with a maximum inside
-- expect: refused not_protectable not_allowed no_right
SELECT avg(m) FROM (SELECT person_id, max(cost) AS m FROM health.visits GROUP BY person_id) t

-- case: per person and limited
-- expect: refused not_protectable
SELECT sum(s) FROM (SELECT person_id, sum(cost) AS s FROM health.visits GROUP BY person_id LIMIT 11) t

-- case: distinct rows
-- expect: refused no_right
SELECT count(*) FROM (SELECT DISTINCT sex, income FROM health.persons) t

-- case: a scalar subquery over rows
-- expect: refused not_protectable no_right
SELECT count(*) FROM health.persons WHERE birth_year > (SELECT avg(birth_year) FROM health.persons)

-- case: a scalar subquery of a row
-- expect: refused not_protectable no_right
SELECT (SELECT sex FROM health.persons LIMIT 1)

-- case: a result joined with rows
-- expect: refused not_protectable no_right
WITH m AS (SELECT sex, avg(income) AS a FROM health.persons GROUP BY sex) SELECT count(*) FROM health.persons p JOIN m ON p.sex = m.sex

-- case: union of rows
-- expect: refused not_protectable no_right
SELECT sex FROM health.persons UNION SELECT kind FROM health.visits

-- case: except of rows
-- expect: refused not_protectable no_right
SELECT sex FROM health.persons EXCEPT SELECT kind FROM health.visits

-- case: intersect of rows
-- expect: refused not_protectable no_right
SELECT person_id FROM health.persons INTERSECT SELECT person_id FROM health.visits

-- case: a measure mixed with a literal by union
-- expect: refused no_right not_protectable
SELECT sum(x) FROM (SELECT income AS x, person_id FROM health.persons WHERE vip UNION ALL SELECT 0 AS x, person_id FROM health.persons) t

-- case: a filter column mixed with a measure by union
-- expect: refused no_right
SELECT count(*) FROM (SELECT income AS x FROM health.persons UNION ALL SELECT year(day) FROM health.visits) t WHERE x > 3

-- case: an alias that takes a granted name
-- expect: refused no_right
SELECT count(*) FROM (SELECT income AS sex FROM health.persons) t WHERE sex > 3

-- case: a having on rows
-- expect: refused not_protectable no_right
SELECT sex FROM health.persons GROUP BY sex HAVING max(income) > 5

-- case: an ungranted measure in having
-- expect: refused no_right
SELECT sex, count(*) FROM health.persons GROUP BY sex HAVING sum(weight) > 5

-- case: an aggregate in where
-- expect: refused not_protectable not_allowed
SELECT count(*) FROM health.persons WHERE count(*) > 3

-- case: an aggregate in a group key
-- expect: refused not_protectable not_allowed
SELECT count(*) FROM health.persons GROUP BY count(*)

-- case: a measure as an order of rows in a cte
-- expect: refused not_protectable no_right
WITH x AS (SELECT sex FROM health.persons ORDER BY income) SELECT count(*) FROM x

-- case: the persons who had no dear visit
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE person_id NOT IN (SELECT person_id FROM health.visits WHERE cost > 50)

-- case: a membership under or
-- expect: refused not_protectable not_allowed no_right
SELECT count(*) FROM health.persons WHERE sex = 'F' OR person_id IN (SELECT person_id FROM health.visits)

-- case: a key among constants
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons WHERE person_id IN (SELECT 'p007')

-- case: a key among another key
-- expect: refused not_protectable no_right
SELECT count(*) FROM health.persons WHERE person_id IN (SELECT visit_id FROM health.visits)

-- case: a key among an open table's key
-- expect: refused not_protectable no_right
SELECT count(*) FROM health.persons WHERE person_id IN (SELECT hospital_id FROM health.hospitals)

-- case: a measure among measures
-- expect: refused not_protectable no_right
SELECT count(*) FROM health.visits WHERE cost IN (SELECT income FROM health.persons)

-- case: a key among an ungranted table's
-- expect: refused unknown_name
SELECT count(*) FROM health.persons WHERE person_id IN (SELECT person_id FROM secret.salaries)

-- case: a key among a correlated subquery's
-- expect: refused unknown_name no_right
SELECT count(*) FROM health.persons p WHERE p.person_id IN (SELECT v.person_id FROM health.visits v WHERE v.cost > p.income)

-- case: a key among the first few
-- expect: refused not_protectable
SELECT count(*) FROM health.persons WHERE person_id IN (SELECT person_id FROM health.visits ORDER BY cost LIMIT 11)

-- case: a key among per-person rows with having
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE person_id IN (SELECT person_id FROM health.visits GROUP BY person_id HAVING sum(cost) > 100)

-- case: a masked column among a masked column
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons WHERE phone IN (SELECT phone FROM health.persons)

-- case: an output of the other table after a semi join
-- expect: refused unknown_name
SELECT v.kind, count(*) FROM health.persons p SEMI JOIN health.visits v ON p.person_id = v.person_id GROUP BY 1

-- case: exists that reads the row around it
-- expect: refused not_protectable unknown_name
SELECT count(*) FROM health.persons p WHERE EXISTS (SELECT 1 FROM health.visits v WHERE v.person_id = p.person_id AND p.income > 2000)

-- case: exists linked twice
-- expect: refused not_protectable
SELECT count(*) FROM health.visits a WHERE EXISTS (SELECT 1 FROM health.visits b WHERE b.person_id = a.person_id AND b.kind = a.kind)

-- case: exists that is linked to nothing
-- expect: refused not_protectable
SELECT count(*) FROM health.persons WHERE EXISTS (SELECT 1 FROM health.visits WHERE kind = 'lab')

-- case: exists on a key of another kind
-- expect: refused not_protectable no_right
SELECT count(*) FROM health.persons p WHERE EXISTS (SELECT 1 FROM health.hospitals h WHERE h.hospital_id = p.person_id)

-- case: exists on an ungranted table
-- expect: refused unknown_name
SELECT count(*) FROM health.persons p WHERE NOT EXISTS (SELECT 1 FROM secret.salaries s WHERE s.person_id = p.person_id)

-- case: exists on a constant
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons p WHERE EXISTS (SELECT 1 FROM (SELECT 'p007' AS id) x WHERE x.id = p.person_id)

-- case: not in a constant
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons WHERE person_id NOT IN (SELECT 'p007')

-- case: not in a list of keys
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE person_id NOT IN ('p007')

-- case: a measure renamed by exclude
-- expect: refused no_right not_protectable
SELECT count(*) FROM (SELECT * EXCLUDE (sex) FROM health.persons) t WHERE t.income > 3

-- case: exclude of an ungranted column
-- expect: refused unknown_name
SELECT * EXCLUDE (note) FROM health.hospitals

-- case: arithmetic on one unit's figures beside its group
-- expect: refused not_protectable
SELECT count(*) FROM (SELECT person_id, 1 // (count(*) - 3) AS x FROM health.visits GROUP BY person_id) t WHERE x > 0

-- case: arithmetic on one unit's figures in having
-- expect: refused not_protectable
SELECT count(*) FROM (SELECT person_id FROM health.visits GROUP BY person_id HAVING 1 // (count(*) - 3) > 0) t

-- case: one unit's distinct keys as a filter
-- expect: refused no_right
SELECT count(*) FROM (SELECT person_id, count(DISTINCT hospital_id) AS h FROM health.visits GROUP BY person_id) t WHERE h = 1

-- case: one unit picked by having on its key
-- expect: refused no_right
SELECT count(*) FROM (SELECT person_id FROM health.visits GROUP BY person_id HAVING person_id = 'p007') t

-- case: qualify over per-person rows
-- expect: refused not_protectable
SELECT sum(s) FROM (SELECT person_id, sum(cost) AS s FROM health.visits GROUP BY person_id QUALIFY row_number() OVER (ORDER BY sum(cost)) = 1) t

-- case: a named window over rows
-- expect: refused not_protectable
SELECT count(*) FROM (SELECT rank() OVER w AS r FROM health.persons WINDOW w AS (ORDER BY birth_year)) t

-- case: an output of rows used by the next as a filter
-- expect: refused no_right
SELECT count(*) FROM (SELECT income AS i, i > 2000 AS rich FROM health.persons) t WHERE rich

-- case: count_if on a measure
-- expect: refused no_right
SELECT count_if(income > 2000) FROM health.persons

-- case: the sum of a flag on a measure
-- expect: refused no_right
SELECT sum((income > 2000)::INT) FROM health.persons

-- case: a case of several branches on a measure
-- expect: refused no_right
SELECT sum(CASE WHEN sex = 'F' THEN 1 WHEN income > 2000 THEN 1 ELSE 0 END) FROM health.persons

-- case: pairs in a list with a key
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE (sex, person_id) IN (('F', 'p007'))

-- case: any of a list with a key
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE person_id = ANY(['p007'])

-- case: a full join with using over rows
-- expect: refused not_allowed
SELECT count(*) FROM health.persons FULL JOIN health.visits USING (person_id)
