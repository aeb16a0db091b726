Shapes in which a column is read and a search for column nodes may not see it.

-- case: a method chain
-- expect: refused not_allowed unknown_name no_right
SELECT t.income.abs() FROM health.persons t

-- case: a method chain without a table
-- expect: refused not_allowed unknown_name no_right
SELECT phone.substring(1, 3) FROM health.persons

-- case: a chain of two methods
-- expect: refused not_allowed unknown_name no_right
SELECT count(t.income.abs().floor()) FROM health.persons t

-- case: a positional column
-- expect: refused not_allowed syntax
SELECT #6 FROM health.persons

-- case: a positional column in an aggregate
-- expect: refused not_allowed not_protectable syntax
SELECT max(#6) FROM health.persons

-- case: the row as a value
-- expect: refused unknown_name
SELECT t FROM health.persons t

-- case: the row by the table's name
-- expect: refused unknown_name
SELECT persons FROM health.persons

-- case: the row as json
-- expect: refused not_allowed
SELECT to_json(t) FROM health.persons t

-- case: a field of the greatest row
-- expect: refused not_allowed not_protectable syntax
SELECT max(t).income FROM health.persons t

-- case: a field of the row in brackets
-- expect: refused not_allowed unknown_name
SELECT (t).income FROM health.persons t

-- case: a field of the row by name
-- expect: refused not_allowed
SELECT t['income'] FROM health.persons t

-- case: struct_extract on the row
-- expect: refused not_allowed
SELECT struct_extract(t, 'income') FROM health.persons t

-- case: unnest of the row
-- expect: refused not_allowed
SELECT unnest(t) FROM health.persons t

-- case: a count of the row
-- expect: refused unknown_name
SELECT count(t) FROM health.persons t

-- case: the row compared with a structure
-- expect: refused not_allowed unknown_name
SELECT count(*) FROM health.persons t WHERE t = {'income': 3}

-- case: columns by a pattern
-- expect: refused not_allowed
SELECT COLUMNS('inc.*') FROM health.persons

-- case: columns by a pattern in an aggregate
-- expect: refused not_allowed not_protectable
SELECT max(COLUMNS('inc.*')) FROM health.persons

-- case: columns by a lambda
-- expect: refused not_allowed syntax
SELECT COLUMNS(c -> c LIKE 'inc%') FROM health.persons

-- case: unpacked columns
-- expect: refused not_allowed syntax
SELECT coalesce(*COLUMNS(*)) FROM health.persons

-- case: a star with a pattern
-- expect: refused not_allowed syntax no_right
SELECT * LIKE 'inc%' FROM health.persons

-- case: a star with exclude
-- expect: refused not_allowed no_right
SELECT * EXCLUDE (sex) FROM health.persons

-- case: a star with replace
-- expect: refused not_allowed no_right
SELECT * REPLACE (1 AS sex) FROM health.persons

-- case: a star with rename
-- expect: refused not_allowed no_right syntax
SELECT * RENAME (income AS sex) FROM health.persons

-- case: a list of new column names
-- expect: refused not_allowed
SELECT f FROM health.persons t(a, b, c, d, e, f)

-- case: new column names on a cte
-- expect: refused no_right
WITH x(sex, b) AS (SELECT income, district FROM health.persons) SELECT count(*) FROM x WHERE sex > 3

-- case: new column names on a subquery
-- expect: refused no_right
SELECT b FROM (SELECT sex, district FROM health.persons) AS x(a, b)

-- case: unpivot
-- expect: refused not_allowed syntax
UNPIVOT health.persons ON COLUMNS(*) INTO NAME k VALUE v

-- case: unpivot in from
-- expect: refused not_allowed syntax no_right
SELECT * FROM health.persons UNPIVOT (v FOR k IN (income, phone))

-- case: pivot
-- expect: refused not_allowed syntax
PIVOT health.persons ON sex USING sum(income)

-- case: pivot in from
-- expect: refused not_allowed syntax no_right
SELECT * FROM health.persons PIVOT (sum(income) FOR sex IN ('F', 'M'))

-- case: a list comprehension
-- expect: refused not_allowed syntax
SELECT [x for x in [income]] FROM health.persons

-- case: a lambda
-- expect: refused not_allowed
SELECT list_transform([1], x -> income) FROM health.persons

-- case: a row constructor
-- expect: refused not_allowed
SELECT row(income, phone) FROM health.persons

-- case: a structure literal
-- expect: refused not_allowed
SELECT {'a': income} FROM health.persons

-- case: struct_pack
-- expect: refused not_allowed
SELECT struct_pack(a := income) FROM health.persons

-- case: a list literal
-- expect: refused not_allowed
SELECT [income] FROM health.persons

-- case: a map
-- expect: refused not_allowed
SELECT MAP {'a': income} FROM health.persons

-- case: the row id
-- expect: refused unknown_name
SELECT rowid FROM health.persons

-- case: the row id as a filter
-- expect: refused unknown_name
SELECT count(*) FROM health.persons WHERE rowid < 5

-- case: the file name
-- expect: refused unknown_name
SELECT filename FROM health.persons

-- case: a correlated subquery
-- expect: refused not_protectable unknown_name
SELECT (SELECT max(p.income)) FROM health.persons p

-- case: a lateral join
-- expect: refused not_allowed unknown_name
SELECT x.i FROM health.persons p, LATERAL (SELECT p.income AS i) x

-- case: an implicit lateral subquery
-- expect: refused unknown_name
SELECT x.i FROM health.persons p, (SELECT p.income AS i) x

-- case: exists by an inequality
-- expect: refused not_protectable
SELECT count(*) FROM health.persons p WHERE EXISTS (SELECT 1 FROM health.visits v WHERE v.person_id >= p.person_id)

-- case: in with a subquery
-- expect: refused not_protectable not_allowed no_right
SELECT count(*) FROM health.persons WHERE income IN (SELECT cost FROM health.visits)

-- case: a tuple comparison
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE (sex, income) = ('F', 1000)

-- case: a tuple in
-- expect: refused no_right
SELECT count(*) FROM health.persons WHERE (sex, income) IN (('F', 1000))

-- case: any
-- expect: refused not_allowed no_right not_protectable
SELECT count(*) FROM health.persons WHERE income = ANY (SELECT 1000)

-- case: natural join
-- expect: refused not_allowed
SELECT count(*) FROM health.persons NATURAL JOIN health.visits

-- case: positional join
-- expect: refused not_allowed
SELECT count(*) FROM health.persons POSITIONAL JOIN health.visits

-- case: asof join
-- expect: refused not_allowed
SELECT count(*) FROM health.persons p ASOF JOIN health.visits v ON p.born >= v.day

-- case: union by name
-- expect: refused not_allowed not_protectable
SELECT sex FROM health.persons UNION ALL BY NAME SELECT kind AS sex FROM health.visits

-- case: a window clause
-- expect: refused not_allowed not_protectable
SELECT sum(income) OVER w FROM health.persons WINDOW w AS (ORDER BY born)

-- case: qualify
-- expect: refused not_allowed not_protectable
SELECT sex FROM health.persons QUALIFY row_number() OVER (ORDER BY income) = 1

-- case: an aggregate with its own order
-- expect: refused not_allowed
SELECT sum(income ORDER BY phone) FROM health.persons

-- case: within group
-- expect: refused not_allowed not_protectable
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY income) FROM health.persons

-- case: try around a column
-- expect: refused not_allowed
SELECT TRY(income) FROM health.persons

-- case: a collation
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE sex COLLATE nocase = 'f'

-- case: grouping
-- expect: refused not_allowed not_protectable
SELECT grouping(sex), count(*) FROM health.persons GROUP BY sex
