Statements and clauses that are no governed query.

-- case: two statements
-- expect: refused not_allowed
SELECT 1; SELECT 2

-- case: a second statement after a good one
-- expect: refused not_allowed
SELECT count(*) FROM health.persons; DROP TABLE v0

-- case: insert
-- expect: refused not_allowed
INSERT INTO health.persons VALUES (1)

-- case: update
-- expect: refused not_allowed
UPDATE health.persons SET sex = 'F'

-- case: delete
-- expect: refused not_allowed
DELETE FROM health.persons

-- case: drop
-- expect: refused not_allowed
DROP TABLE health.persons

-- case: create table as
-- expect: refused not_allowed
CREATE TABLE x AS SELECT * FROM health.persons

-- case: create view
-- expect: refused not_allowed
CREATE VIEW x AS SELECT 1

-- case: create macro
-- expect: refused not_allowed syntax
CREATE MACRO f(x) AS x + 1

-- case: copy
-- expect: refused not_allowed syntax
COPY (SELECT 1) TO 'x.csv'

-- case: attach
-- expect: refused not_allowed syntax
ATTACH 'x.db' AS y

-- case: detach
-- expect: refused not_allowed syntax
DETACH y

-- case: install
-- expect: refused not_allowed syntax
INSTALL httpfs

-- case: load
-- expect: refused not_allowed syntax
LOAD httpfs

-- case: set
-- expect: refused not_allowed
SET memory_limit = '100GB'

-- case: reset
-- expect: refused not_allowed syntax
RESET memory_limit

-- case: pragma
-- expect: refused not_allowed
PRAGMA database_list

-- case: call
-- expect: refused not_allowed syntax
CALL duckdb_tables()

-- case: describe
-- expect: refused not_allowed
DESCRIBE health.persons

-- case: summarize
-- expect: refused not_allowed
SUMMARIZE health.persons

-- case: show
-- expect: refused not_allowed
SHOW TABLES

-- case: explain
-- expect: refused not_allowed
EXPLAIN SELECT 1

-- case: explain analyze
-- expect: refused not_allowed
EXPLAIN ANALYZE SELECT count(*) FROM health.persons

-- case: prepare
-- expect: refused not_allowed syntax
PREPARE s AS SELECT 1

-- case: execute
-- expect: refused not_allowed syntax
EXECUTE s

-- case: export
-- expect: refused not_allowed syntax
EXPORT DATABASE 'x'

-- case: vacuum
-- expect: refused not_allowed syntax
VACUUM

-- case: begin
-- expect: refused not_allowed
BEGIN TRANSACTION

-- case: select into
-- expect: refused not_allowed
SELECT sex INTO x FROM health.persons

-- case: for update
-- expect: refused not_allowed
SELECT beds FROM health.hospitals FOR UPDATE

-- case: recursive with
-- expect: refused not_allowed
WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT * FROM x

-- case: fetch first with ties
-- expect: refused not_allowed syntax
SELECT beds FROM health.hospitals ORDER BY beds FETCH FIRST 3 ROWS WITH TIES

-- case: limit in percent
-- expect: refused not_allowed syntax
SELECT beds FROM health.hospitals LIMIT 10%

-- case: limit from a subquery
-- expect: refused not_allowed
SELECT beds FROM health.hospitals LIMIT (SELECT 1)

-- case: a negative limit
-- expect: refused not_allowed
SELECT beds FROM health.hospitals LIMIT -1

-- case: order by all over rows
-- expect: refused not_protectable
SELECT count(*) FROM (SELECT district FROM health.persons ORDER BY ALL LIMIT 11) t

-- case: distinct on
-- expect: refused not_allowed
SELECT DISTINCT ON (city) beds FROM health.hospitals

-- case: full join without a key
-- expect: refused not_protectable
SELECT count(*) FROM health.persons p FULL JOIN health.visits v ON p.sex = 'F'

-- case: right join on an inequality
-- expect: refused no_right not_protectable
SELECT count(*) FROM health.persons p RIGHT JOIN health.visits v ON p.person_id <= v.person_id

-- case: semi join on a measure
-- expect: refused no_right
SELECT count(*) FROM health.persons p SEMI JOIN health.visits v ON p.person_id = v.person_id AND v.cost > 50

-- case: anti join on columns of both tables
-- expect: refused not_protectable
SELECT count(*) FROM health.persons p ANTI JOIN health.visits v ON p.person_id = v.person_id AND v.day > p.born

-- case: rollup
-- expect: refused not_allowed
SELECT district, count(*) FROM health.persons GROUP BY ROLLUP (district)

-- case: cube
-- expect: refused not_allowed
SELECT district, sex, count(*) FROM health.persons GROUP BY CUBE (district, sex)

-- case: grouping sets
-- expect: refused not_allowed
SELECT district, count(*) FROM health.persons GROUP BY GROUPING SETS ((district), ())

-- case: with rollup
-- expect: refused not_allowed syntax
SELECT district, count(*) FROM health.persons GROUP BY district WITH ROLLUP

-- case: no query at all
-- expect: refused syntax not_allowed
hello

-- case: an empty text
-- expect: refused syntax not_allowed
;

-- case: only a comment
-- expect: refused syntax not_allowed
-- nothing

-- case: an unclosed bracket
-- expect: refused syntax
SELECT count(* FROM health.persons

-- case: an unclosed text
-- expect: refused syntax
SELECT 'x FROM health.persons

-- case: a pipe
-- expect: refused not_allowed no_right syntax not_protectable
FROM health.persons |> SELECT income

-- case: an order by that is no output of a union
-- expect: refused not_allowed
SELECT 1 AS a UNION ALL SELECT 2 ORDER BY a + 1

-- case: random
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE random() < 0.5

-- case: uuid
-- expect: refused not_allowed
SELECT uuid()

-- case: a star in a group
-- expect: refused not_allowed
SELECT * FROM health.persons GROUP BY sex

-- case: a column that is not grouped by
-- expect: refused not_allowed
SELECT sex, district, count(*) FROM health.persons GROUP BY sex

-- case: a position past the end
-- expect: refused not_allowed
SELECT sex, count(*) FROM health.persons GROUP BY 7

-- case: position zero
-- expect: refused not_allowed
SELECT sex, count(*) FROM health.persons GROUP BY 1 ORDER BY 0

-- case: having without a group
-- expect: refused not_allowed
SELECT beds FROM health.hospitals HAVING beds > 1

-- case: an ambiguous column
-- expect: refused not_allowed no_right
SELECT count(*) FROM health.persons p JOIN health.visits v ON p.person_id = v.person_id WHERE person_id = 'x'

-- case: the same name twice in from
-- expect: refused not_allowed not_protectable
SELECT count(*) FROM health.persons JOIN health.persons ON 1 = 1
