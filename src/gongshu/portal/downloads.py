"""An open dataset as a file: its Parquet as it is, or streamed as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

FORMATS = ("csv", "parquet")
ROWS_A_PIECE = 50_000


def table_response(files: Sequence[Path], *, name: str) -> HttpResponseBase:
    disposition = f'attachment; filename="{name}"'
    if name.endswith(".parquet") and len(files) == 1:
        whole = FileResponse(files[0].open("rb"), content_type="application/vnd.apache.parquet")
        whole["Content-Disposition"] = disposition
        return whole
    pieces = _csv(files) if name.endswith(".csv") else _one_parquet(files)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = disposition
    return response


def _csv(files: Sequence[Path]) -> Iterator[bytes]:
    """With a byte-order mark, so that spreadsheets open the Chinese as Chinese."""
    yield b"\xef\xbb\xbf"
    header = True
    for path in files:
        for batch in pq.ParquetFile(path).iter_batches(ROWS_A_PIECE):
            piece = BytesIO()
            options = pyarrow.csv.WriteOptions(include_header=header, quoting_style="needed")
            pyarrow.csv.write_csv(batch, piece, options)
            header = False
            yield piece.getvalue()


def _one_parquet(files: Sequence[Path]) -> Iterator[bytes]:
    tables = [pq.read_table(path) for path in files]
    sink = BytesIO()
    pq.write_table(pa.concat_tables(tables), sink, compression="zstd")
    yield sink.getvalue()
