What goes wrong on the way to a query: each with a place, a reason and what to write instead.

-- case: a misspelt column
-- expect: refused unknown_name
-- at: 1:8
-- suggests: Did you mean “district”?
SELECT distric, count(*) FROM health.persons GROUP BY 1

-- case: a misspelt column on the third line
-- expect: refused unknown_name
-- at: 3:7
-- suggests: Did you mean “birth_year”?
SELECT district, count(*)
FROM health.persons
WHERE birth_yera > 1970
GROUP BY district

-- case: a misspelt column with a table
-- expect: refused unknown_name
-- at: 1:8
-- suggests: Did you mean “district”?
SELECT p.districts, count(*) FROM health.persons p GROUP BY 1

-- case: a misspelt table
-- expect: refused unknown_name
-- at: 1:32
-- suggests: Did you mean “health.persons”?
SELECT district, count(*) FROM health.person GROUP BY 1

-- case: a table without its domain
-- expect: refused unknown_name
-- at: 1:32
-- suggests: Did you mean “health.persons”?
SELECT district, count(*) FROM persons GROUP BY 1

-- case: a table that is not there
-- expect: refused unknown_name
-- at: 1:22
-- suggests: <domain>.<name>
SELECT count(*) FROM finance.salaries

-- case: a table that is not granted reads the same
-- expect: refused unknown_name
-- at: 1:22
-- suggests: <domain>.<name>
SELECT count(*) FROM secret.salaries

-- case: a column that is not there
-- expect: refused unknown_name
-- at: 1:22
-- suggests: The grant lists the columns
SELECT district, avg(salary) FROM health.persons GROUP BY 1

-- case: a column that is not granted reads the same
-- expect: refused unknown_name
-- at: 1:8
-- suggests: The grant lists the columns
SELECT note, count(*) FROM health.persons GROUP BY 1

-- case: a qualifier that is no table
-- expect: refused unknown_name
-- at: 1:8
-- suggests: Here there are: p
SELECT a.sex FROM health.persons p

-- case: a text in double quotes
-- expect: refused unknown_name
-- at: 1:49
-- suggests: single quotes
SELECT count(*) FROM health.persons WHERE sex = "F"

-- case: an output in where
-- expect: refused unknown_name
-- at: 1:53
-- suggests: HAVING n
SELECT sex, count(*) AS n FROM health.persons WHERE n > 5 GROUP BY sex

-- case: all columns
-- expect: refused no_right not_protectable
-- at: 1:8
-- suggests: count(*) with GROUP BY
SELECT * FROM health.persons

-- case: one person's row
-- expect: refused no_right not_protectable
-- at: 1:8
-- suggests: count(*) with GROUP BY
SELECT person_id, sum(cost) FROM health.visits GROUP BY person_id

-- case: a column that is not grouped by
-- expect: refused not_allowed
-- at: 1:18
-- suggests: Add it to GROUP BY
SELECT district, sex, count(*) FROM health.persons GROUP BY district

-- case: no group by at all
-- expect: refused not_allowed
-- at: 1:8
-- suggests: Add it to GROUP BY
SELECT district, count(*) FROM health.persons

-- case: order by a column that is not grouped by
-- expect: refused not_allowed
-- at: 1:64
-- suggests: Add it to GROUP BY
SELECT sex, count(*) FROM health.persons GROUP BY sex ORDER BY district

-- case: group by a position that is not there
-- expect: refused not_allowed
-- at: 1:56
-- suggests: numbered 1 to 2
SELECT district, count(*) FROM health.persons GROUP BY 3

-- case: an aggregate over a column without the right
-- expect: refused no_right
-- at: 1:18
-- suggests: an aggregate that the grant names
SELECT district, sum(weight) FROM health.persons GROUP BY 1

-- case: a maximum
-- expect: refused not_protectable
-- at: 1:22
-- suggests: sum, avg or stddev_samp
SELECT district, max(income) FROM health.persons GROUP BY 1

-- case: a median
-- expect: refused not_protectable
-- at: 1:18
-- suggests: sum, avg or stddev_samp
SELECT district, median(income) FROM health.persons GROUP BY 1

-- case: arithmetic inside a sum
-- expect: refused no_right
-- at: 1:18
-- suggests: sum(x) * 12
SELECT district, sum(income * 12) FROM health.persons GROUP BY 1

-- case: a list of values
-- expect: refused not_protectable
-- suggests: In SELECT and HAVING
SELECT string_agg(sex, ',') FROM health.persons

-- case: a filter on a measure
-- expect: refused no_right
-- at: 1:43
-- suggests: with the right “filter”
SELECT count(*) FROM health.persons WHERE income > 5000

-- case: a filter on a group column
-- expect: refused no_right
-- at: 1:43
-- suggests: with the right “filter”
SELECT count(*) FROM health.persons WHERE education = 'college'

-- case: a filter on a key
-- expect: refused no_right
-- at: 1:43
-- suggests: with the right “filter”
SELECT count(*) FROM health.persons WHERE person_id = 'p007'

-- case: grouping by a filter column
-- expect: refused no_right
-- at: 1:51
-- suggests: with the right “group”
SELECT vip, count(*) FROM health.persons GROUP BY vip

-- case: counting distinct values of a group column
-- expect: refused no_right
-- at: 1:18
-- suggests: an aggregate that the grant names
SELECT district, count(DISTINCT sex) FROM health.persons GROUP BY 1

-- case: an aggregate in where
-- expect: refused not_protectable
-- at: 1:48
-- suggests: use HAVING
SELECT sex, count(*) FROM health.persons WHERE count(*) > 5 GROUP BY sex

-- case: a join without a key
-- expect: refused not_protectable
-- at: 1:51
-- suggests: ON a.key = b.key
SELECT p.sex, count(*) FROM health.persons p JOIN health.visits v ON true GROUP BY 1

-- case: a join without on
-- expect: refused not_protectable
-- at: 1:51
-- suggests: ON a.key = b.key
SELECT p.sex, count(*) FROM health.persons p JOIN health.visits v GROUP BY 1

-- case: a comma without a condition
-- expect: refused not_protectable
-- at: 1:47
-- suggests: ON a.key = b.key
SELECT p.sex, count(*) FROM health.persons p, health.visits v GROUP BY 1

-- case: a join on the wrong key
-- expect: refused not_protectable
-- at: 1:68
-- suggests: Match the unit columns
SELECT sex, count(*) FROM health.persons p JOIN health.visits v ON p.person_id = v.visit_id GROUP BY 1

-- case: a name of two tables
-- expect: refused not_allowed
-- at: 1:8
-- suggests: p.person_id or v.person_id
SELECT person_id, count(*) FROM health.persons p JOIN health.visits v ON p.person_id = v.person_id GROUP BY 1

-- case: a membership under or
-- expect: refused not_protectable
-- suggests: AND key IN
SELECT count(*) FROM health.persons WHERE sex = 'F' OR person_id IN (SELECT person_id FROM health.visits)

-- case: a missing comma
-- expect: refused syntax
-- at: 1:17
-- suggests: commas
SELECT sex count(*) FROM health.persons GROUP BY sex

-- case: a misspelt from
-- expect: refused syntax
-- at: 1:27
-- suggests: commas
SELECT sex, count(*) FORM health.persons GROUP BY sex

-- case: a bracket left open
-- expect: refused syntax
-- at: 1:21
-- suggests: brackets
SELECT sex, count(* FROM health.persons GROUP BY sex

-- case: an and too many
-- expect: refused syntax
-- at: 1:70
-- suggests: commas
SELECT sex, count(*) FROM health.persons WHERE district = 'East' AND GROUP BY sex

-- case: backticks
-- expect: refused syntax
-- at: 1:34
-- suggests: double quotes
SELECT sex, count(*) FROM `health`.`persons` GROUP BY sex

-- case: top 10
-- expect: refused syntax
-- at: 1:12
-- suggests: Write one SELECT
SELECT top 10 district FROM health.persons

-- case: two statements
-- expect: refused not_allowed
-- suggests: on its own
SELECT sex, count(*) FROM health.persons GROUP BY sex; DROP TABLE x

-- case: an update
-- expect: refused not_allowed
-- suggests: Write a SELECT
UPDATE health.persons SET sex = 'F'

-- case: a rollup
-- expect: refused not_allowed
-- suggests: UNION ALL
SELECT sex, count(*) FROM health.persons GROUP BY ROLLUP (sex)

-- case: grouping sets
-- expect: refused not_allowed
-- suggests: UNION ALL
SELECT district, sex, count(*) FROM health.persons GROUP BY GROUPING SETS ((district), (sex))

-- case: a regular expression
-- expect: refused not_allowed
-- at: 1:43
-- suggests: LIKE
SELECT count(*) FROM health.persons WHERE district ~ 'E.*'

-- case: today
-- expect: refused not_allowed
-- at: 1:50
-- suggests: literal or a parameter
SELECT count(*) FROM health.persons WHERE born > now() - INTERVAL 18 YEAR

-- case: like on a number
-- expect: refused not_allowed
-- at: 1:43
-- suggests: CAST(x AS VARCHAR)
SELECT count(*) FROM health.persons WHERE birth_year LIKE '19%'

-- case: a text as a condition
-- expect: refused not_allowed
-- at: 1:43
-- suggests: column = 'value'
SELECT count(*) FROM health.persons WHERE district

-- case: a date function of another dialect
-- expect: refused not_allowed
-- at: 1:8
-- suggests: strftime
SELECT DATE_FORMAT(day, '%Y-%m'), count(*) FROM health.visits GROUP BY 1

-- case: date arithmetic of another dialect
-- expect: refused not_allowed
-- at: 1:8
-- suggests: INTERVAL 1 MONTH
SELECT DATEADD(month, 1, day), count(*) FROM health.visits GROUP BY 1

-- case: a window over rows
-- expect: refused not_protectable
-- at: 1:13
-- suggests: Aggregate first
SELECT sex, row_number() OVER (ORDER BY birth_year) FROM health.persons

-- case: the ten largest
-- expect: refused not_protectable
-- at: 1:67
-- suggests: limit the aggregated result
SELECT sex, income FROM health.persons ORDER BY income DESC LIMIT 10

-- case: limit in percent
-- expect: refused not_allowed
-- suggests: Write LIMIT n
SELECT city, count(*) FROM health.hospitals GROUP BY city LIMIT 10%

-- case: a sample
-- expect: refused not_allowed
-- suggests: Leave it out
SELECT sex, count(*) FROM health.persons TABLESAMPLE 10% GROUP BY sex

-- case: constants as a table
-- expect: refused not_allowed
-- suggests: UNION ALL
SELECT d.k FROM (VALUES ('a', 1)) AS d(k, n)

-- case: a pivot
-- expect: refused not_allowed
PIVOT health.persons ON sex USING count(*)
