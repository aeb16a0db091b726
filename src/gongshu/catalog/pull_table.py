"""What a table of a PostgreSQL database holds, into a Parquet file with the types it has there.

It is read as one `COPY … TO STDOUT` within one read-only transaction, in an order that does not
change by itself, so that the same rows are the same file. No password stands in an address, and the
connection goes to an address that was judged (`jobs.network`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from gongshu.catalog.ingest import require_size
from gongshu.catalog.pull_url import Unreachable, not_reached, unreachable
from gongshu.jobs import network
from gongshu.rules.problems import BadInput
from gongshu.wording import Problem, Sentence

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

CONNECT_SECONDS = 15
STATEMENT_SECONDS = 4 * 3600
TABLE = re.compile(r"[^\W\d]\w{0,62}(\.[^\W\d]\w{0,62})?")
SSL_MODES = ("disable", "require", "verify-ca", "verify-full")
LONGEST_QUERY = 20_000

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    database: str
    user: str
    sslmode: str


def checked(address: str) -> str:
    """postgresql://user@host:5432/database?sslmode=…, or what is wrong with it."""
    address = address.strip()
    _server(address)
    return address


def checked_query(text: str) -> str:
    """A table, or one SELECT, as it was written."""
    text = text.strip().rstrip(";").strip()
    if not text or len(text) > LONGEST_QUERY:
        raise _bad_query()
    if not TABLE.fullmatch(text):
        _select(text)
    return text


def fetch(address: str, query: str, secret: str, target: Path, *, progress: Progress) -> str:
    """Write the rows to `target` as Parquet; the digest of what was read."""
    import psycopg  # here: few processes read databases

    server = _server(address)
    try:
        places = network.judged(server.host, server.port)
    except Problem as problem:
        raise not_reached(address, problem) from None
    try:
        with _connect(server, str(places[0]), secret) as connection:
            return _copied(connection, query, target, progress)
    except psycopg.Error as error:
        raise _database_said(address, error) from error


def _server(address: str) -> Server:
    try:
        parts = urlsplit(address)
        port = parts.port or 5432
    except ValueError:
        parts, port = urlsplit(""), 0
    options = dict(parse_qsl(parts.query))
    mode = options.pop("sslmode", "require")
    database = unquote(parts.path.lstrip("/"))
    known = parts.scheme in ("postgresql", "postgres") and mode in SSL_MODES and not options
    plain = address.isascii() and address.isprintable() and len(address) <= 500
    if not (known and plain and parts.hostname and database and parts.username):
        raise BadInput(
            "source_address",
            Sentence(
                en="A database reads like postgresql://reader@db.example.gov.cn:5432/schools; "
                "?sslmode= is one of " + ", ".join(SSL_MODES) + ".",
                zh="数据库地址应形如 postgresql://reader@db.example.gov.cn:5432/schools；"
                "?sslmode= 可为 " + "、".join(SSL_MODES) + "。",
            ),
            field="address",
        )
    if parts.password is not None:
        raise BadInput(
            "source_address",
            Sentence(
                en="A password does not belong into the address; name a secret instead.",
                zh="地址中不能含有密码，请改用密钥名称。",
            ),
            field="address",
        )
    return Server(parts.hostname, port, database, unquote(parts.username), mode)


def _connect(server: Server, place: str, secret: str) -> psycopg.Connection[Any]:
    import psycopg

    connection = psycopg.connect(
        host=server.host,
        hostaddr=place,
        port=server.port,
        dbname=server.database,
        user=server.user,
        password=secret or None,
        passfile="/dev/null",  # nor any password that lies on this machine
        sslmode=server.sslmode,
        connect_timeout=CONNECT_SECONDS,
        application_name="gongshu",
        client_encoding="UTF8",
    )
    connection.read_only = True
    return connection


def _copied(
    connection: psycopg.Connection[Any], query: str, target: Path, progress: Progress
) -> str:
    with connection.cursor() as cursor:
        for setting in ("TIME ZONE 'UTC'", "datestyle TO ISO", "intervalstyle TO iso_8601"):
            cursor.execute(f"SET LOCAL {setting}".encode())
        cursor.execute(f"SET LOCAL statement_timeout TO {STATEMENT_SECONDS * 1000}".encode())
        select = _ordered(cursor, query)
        cursor.execute(f"SELECT * FROM ({select}) AS source LIMIT 0".encode())  # noqa: S608 — `_select`
        assert cursor.description is not None
        schema = _schema(cursor.description)
        rows = target.with_suffix(".csv")
        digest, size = hashlib.sha256(str(schema).encode()), 0
        try:
            with (
                rows.open("wb") as file,
                cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT csv)".encode()) as copy,
            ):
                for piece in copy:
                    size += len(piece)
                    require_size(size)
                    digest.update(piece)
                    file.write(piece)
                    progress(0)
            _typed(rows, schema, target)
        finally:
            rows.unlink(missing_ok=True)
    return digest.hexdigest()


def _ordered(cursor: psycopg.Cursor[Any], query: str) -> str:
    """A table's rows by its primary key, or by all they hold; a SELECT has the order it says."""
    if not TABLE.fullmatch(query):
        return _select(query)
    from psycopg import sql

    table = sql.Identifier(*query.split(".")).as_string(cursor)
    cursor.execute(
        """SELECT a.attname FROM pg_index i JOIN pg_attribute a
           ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
           WHERE i.indisprimary AND i.indrelid = %s::regclass
           ORDER BY array_position(i.indkey::int[], a.attnum::int)""",
        (table,),
    )
    keys = [sql.Identifier(row[0]).as_string(cursor) for row in cursor.fetchall()]
    order = ", ".join(keys) or 'source::text COLLATE "C"'
    return f"SELECT * FROM {table} AS source ORDER BY {order}"  # noqa: S608 — quoted names


def _select(text: str) -> str:
    """The one SELECT, written anew from what was understood: nothing else can hide in it."""
    import sqlglot
    from sqlglot import exp

    try:
        found = sqlglot.parse(text, dialect="postgres")
    except sqlglot.errors.SqlglotError:
        raise _bad_query() from None
    if len(found) != 1 or not isinstance(found[0], exp.Query) or found[0].find(exp.Into):
        raise _bad_query()
    return found[0].sql(dialect="postgres", comments=False)


def _schema(columns: Sequence[psycopg.Column]) -> pa.Schema:
    import pyarrow as pa

    names = [column.name for column in columns]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadInput(
            "source_query",
            Sentence(en=f"Two columns are called “{twice}”.", zh=f"有两列同名“{twice}”。"),
            field="query",
        )
    return pa.schema([(column.name, _type(column)) for column in columns])


def _type(column: psycopg.Column) -> pa.DataType:
    """What a column is there; what Arrow reads from no CSV (json, arrays, intervals) is text."""
    import pyarrow as pa

    if column.type_display.startswith("numeric"):
        digits, scale = column.precision or 0, column.scale or 0
        return pa.decimal128(digits, scale) if 0 < digits <= 38 else pa.string()
    known = {
        "bool": pa.bool_(),
        "int2": pa.int16(),
        "int4": pa.int32(),
        "int8": pa.int64(),
        "float4": pa.float32(),
        "float8": pa.float64(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "time": pa.time64("us"),
    }
    import psycopg

    info = psycopg.adapters.types.get(column.type_code)
    return known.get(info.name if info else "", pa.string())


def _typed(rows: Path, schema: pa.Schema, target: Path) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    try:
        with (
            pa.csv.open_csv(
                rows,
                read_options=pa.csv.ReadOptions(column_names=schema.names),
                parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=pa.csv.ConvertOptions(
                    column_types=schema,
                    null_values=[""],
                    true_values=["t"],
                    false_values=["f"],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,  # "" is a text without characters
                ),
            ) as reader,
            pq.ParquetWriter(target, schema) as writer,
        ):
            for batch in reader:
                writer.write_batch(batch)
    except pa.ArrowInvalid as error:
        if rows.stat().st_size == 0:
            pq.write_table(schema.empty_table(), target)
            return
        raise BadInput(
            "source_value",
            Sentence(
                en=f"A value cannot be kept under its column's type: {_short(error)}",
                zh=f"有取值无法按其列类型保存：{_short(error)}",
            ),
            suggestion=Sentence(
                en="Write a SELECT that casts the column to text.",
                zh="请用 SELECT 将该列转换为文本。",
            ),
            field="query",
        ) from None


def _short(error: Exception) -> str:
    """Which column, without the value: this is told to more people than may see the rows."""
    return str(error).partition(":")[0][:100]


def _bad_query() -> BadInput:
    return BadInput(
        "source_query",
        Sentence(
            en="This is neither a table such as public.schools nor one SELECT.",
            zh="应为一个表（如 public.schools）或一条 SELECT 语句。",
        ),
        field="query",
    )


def _database_said(address: str, error: psycopg.Error) -> Unreachable:
    """The server's own first line; of a failed login not even that."""
    state = error.sqlstate or ""
    if state.startswith("28") or "password" in str(error):
        return unreachable(address, "the login is refused", "登录被拒绝")
    told = error.diag.message_primary or type(error).__name__
    return unreachable(address, f"the database said “{told[:200]}”", f"数据库返回“{told[:200]}”")
