Oracles by error and time, and queries that only want to cost.

-- case: error()
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE error('x')

-- case: sleep
-- expect: refused not_allowed
SELECT sleep_ms(60000)

-- case: a regular expression
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE regexp_matches(district, '(a+)+$')

-- case: the regular expression operator
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE district ~ '(a+)+$'

-- case: similar to
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE district SIMILAR TO 'E%'

-- case: glob as an operator
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE district GLOB 'E*'

-- case: a pattern from a column
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE district LIKE sex

-- case: repeat
-- expect: refused not_allowed
SELECT repeat('a', 2000000000)

-- case: lpad
-- expect: refused not_allowed
SELECT lpad('a', 2000000000, 'b')

-- case: list_sum of a range
-- expect: refused not_allowed
SELECT list_sum(range(1000000000))

-- case: bitstring
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE (birth_year & 1) = 1

-- case: hash
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE hash(sex) = 1

-- case: md5
-- expect: refused not_allowed
SELECT md5(district), count(*) FROM health.persons GROUP BY 1

-- case: sha256
-- expect: refused not_allowed
SELECT sha256(district), count(*) FROM health.persons GROUP BY 1

-- case: strptime
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE strptime(district, '%Y') IS NULL

-- case: json_extract
-- expect: refused not_allowed
SELECT json_extract(district, '$.a') FROM health.persons

-- case: format
-- expect: refused not_allowed
SELECT format('{}', district) FROM health.persons

-- case: a cast to a list
-- expect: refused not_allowed
SELECT CAST(sex AS VARCHAR[]) FROM health.persons

-- case: a cast to a structure
-- expect: refused not_allowed
SELECT CAST(sex AS STRUCT(a INT)) FROM health.persons

-- case: a cast to a named type
-- expect: refused not_allowed syntax
SELECT CAST(sex AS regclass) FROM health.persons

-- case: the time of day
-- expect: refused not_allowed
SELECT now()

-- case: today
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE born < current_date

-- case: thirty ctes that double
-- expect: refused too_large
WITH a AS (SELECT count(*) AS n FROM health.persons), b AS (SELECT x.n FROM a x CROSS JOIN a y), c AS (SELECT x.n FROM b x CROSS JOIN b y), d AS (SELECT x.n FROM c x CROSS JOIN c y), e AS (SELECT x.n FROM d x CROSS JOIN d y), f AS (SELECT x.n FROM e x CROSS JOIN e y), g AS (SELECT x.n FROM f x CROSS JOIN f y), h AS (SELECT x.n FROM g x CROSS JOIN g y), i AS (SELECT x.n FROM h x CROSS JOIN h y), j AS (SELECT x.n FROM i x CROSS JOIN i y), k AS (SELECT x.n FROM j x CROSS JOIN j y), l AS (SELECT x.n FROM k x CROSS JOIN k y), m AS (SELECT x.n FROM l x CROSS JOIN l y) SELECT count(*) FROM m

-- case: an invisible character
-- expect: refused syntax
SELECT count(*) FROM health.persons WHERE​ sex = 'F'

-- case: a right-to-left mark outside a text
-- expect: refused syntax
SELECT count(*) ‮ FROM health.persons

-- case: a number that is too long
-- expect: refused not_allowed syntax
SELECT count(*) FROM health.persons WHERE birth_year < 1e999999

-- case: a byte string
-- expect: refused not_allowed
SELECT count(*) FROM health.persons WHERE sex = e'\n'
