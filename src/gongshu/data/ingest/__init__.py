"""A messy file becomes typed Parquet: `Table.read`.

Encodings, delimiters, preambles, multi-line headers, spreadsheets; the types are decided on
all values, and no value is ever changed by its type (leading zeros, long identifiers and
codes like 1E5 stay text). What could not be read is in the report, line by line.
"""

from gongshu.data.ingest.report import ColumnGuess, Flag, Reject, Report
from gongshu.data.ingest.table import Table
from gongshu.data.ingest.unreadable import Unreadable

__all__ = ["ColumnGuess", "Flag", "Reject", "Report", "Table", "Unreadable"]
