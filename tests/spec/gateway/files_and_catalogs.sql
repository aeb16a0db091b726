Files, catalogs, settings, dynamic SQL: nothing outside the granted tables exists.

-- case: a file by its name
-- expect: refused unknown_name
SELECT * FROM 'persons.parquet'

-- case: a file by a path
-- expect: refused unknown_name
SELECT * FROM '/etc/passwd'

-- case: read_csv
-- expect: refused not_allowed
SELECT * FROM read_csv('/etc/passwd')

-- case: read_parquet
-- expect: refused not_allowed
SELECT * FROM read_parquet('*.parquet')

-- case: read_text
-- expect: refused not_allowed
SELECT content FROM read_text('/etc/passwd')

-- case: read_blob
-- expect: refused not_allowed
SELECT * FROM read_blob('/etc/passwd')

-- case: read_json
-- expect: refused not_allowed
SELECT * FROM read_json('x.json')

-- case: read_duckdb
-- expect: refused not_allowed
SELECT * FROM read_duckdb('x.db')

-- case: glob
-- expect: refused not_allowed
SELECT * FROM glob('*')

-- case: a url
-- expect: refused unknown_name
SELECT * FROM 'https://example.org/x.csv'

-- case: parquet metadata
-- expect: refused not_allowed
SELECT * FROM parquet_metadata('v1')

-- case: the list of tables
-- expect: refused not_allowed
SELECT * FROM duckdb_tables()

-- case: the list of columns
-- expect: refused unknown_name
SELECT * FROM information_schema.columns

-- case: sqlite_master
-- expect: refused unknown_name
SELECT * FROM sqlite_master

-- case: pg_catalog
-- expect: refused unknown_name
SELECT * FROM pg_catalog.pg_class

-- case: the settings
-- expect: refused not_allowed
SELECT * FROM duckdb_settings()

-- case: the secrets
-- expect: refused not_allowed
SELECT * FROM duckdb_secrets()

-- case: the engine's own view name
-- expect: refused unknown_name
SELECT * FROM v0

-- case: a protected table's own name
-- expect: refused unknown_name
SELECT * FROM p1

-- case: an ungranted table
-- expect: refused unknown_name
SELECT * FROM secret.salaries

-- case: an ungranted table in a join
-- expect: refused unknown_name
SELECT count(*) FROM health.persons p JOIN secret.salaries s ON p.person_id = s.person_id

-- case: an ungranted table in an unused cte
-- expect: refused unknown_name
WITH x AS (SELECT * FROM secret.salaries) SELECT count(*) FROM health.persons

-- case: an ungranted table in a scalar subquery
-- expect: refused unknown_name
SELECT count(*), (SELECT max(salary) FROM secret.salaries) FROM health.persons

-- case: a table that does not exist
-- expect: refused unknown_name
SELECT * FROM health.nothing

-- case: a table without its domain
-- expect: refused unknown_name
SELECT count(*) FROM persons

-- case: a table in three parts
-- expect: refused not_allowed
SELECT count(*) FROM main.health.persons

-- case: another catalog
-- expect: refused not_allowed
SELECT count(*) FROM other.health.persons

-- case: a cte that hides a table's name
-- expect: refused no_right
WITH persons AS (SELECT 1 AS income) SELECT sum(income) FROM health.persons WHERE income > 2

-- case: query
-- expect: refused not_allowed
SELECT * FROM query('SELECT * FROM v0')

-- case: query_table
-- expect: refused not_allowed
SELECT * FROM query_table('v0')

-- case: json_execute_serialized_sql
-- expect: refused not_allowed
SELECT * FROM json_execute_serialized_sql('x')

-- case: pragma_storage_info
-- expect: refused not_allowed
SELECT * FROM pragma_storage_info('v0')

-- case: stats
-- expect: refused not_allowed
SELECT stats(income) FROM health.persons

-- case: getenv
-- expect: refused not_allowed
SELECT getenv('HOME')

-- case: current_setting
-- expect: refused not_allowed
SELECT current_setting('memory_limit')

-- case: getvariable
-- expect: refused not_allowed
SELECT getvariable('x')

-- case: version
-- expect: refused not_allowed
SELECT version()

-- case: current_user
-- expect: refused not_allowed unknown_name
SELECT current_user

-- case: nextval
-- expect: refused not_allowed
SELECT nextval('s')

-- case: time travel
-- expect: refused not_allowed
SELECT count(*) FROM health.persons AT (VERSION => 1)

-- case: a sample
-- expect: refused not_allowed
SELECT count(*) FROM health.persons TABLESAMPLE 1%

-- case: a sample at the end
-- expect: refused not_allowed
SELECT count(*) FROM health.persons USING SAMPLE 1 ROWS

-- case: values
-- expect: refused not_allowed
SELECT * FROM (VALUES (1)) AS v

-- case: a bare values list
-- expect: refused not_allowed
VALUES (1)

-- case: generate_series
-- expect: refused not_allowed
SELECT count(*) FROM generate_series(1, 1000000000)

-- case: range
-- expect: refused not_allowed
SELECT count(*) FROM range(1000000000)

-- case: unnest of a list
-- expect: refused not_allowed
SELECT * FROM unnest([1, 2])

-- case: table with ordinality
-- expect: refused not_allowed syntax
SELECT * FROM health.hospitals WITH ORDINALITY
