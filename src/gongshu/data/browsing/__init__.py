"""Looking through a large open table: filter, sort, page, count, describe, in parts of a second.

    browser = Browser(files)
    view = read_view(browser.schema, where=["income:ge:1000"], sort=["-income"])
    browser.page(view, limit=25, offset=0)      # pa.Table
    browser.count(view, seconds=5)              # int, or None when it takes longer
    browser.stream(view)                        # pa.RecordBatchReader of the whole

What a person writes is values and the names of columns that exist; nothing of it becomes SQL text
but quoted names.
"""

from gongshu.data.browsing.browser import Browser
from gongshu.data.browsing.conditions import OPERATORS, Condition
from gongshu.data.browsing.statistics import Statistics
from gongshu.data.browsing.view import Key, View, read_view, require_column

__all__ = [
    "OPERATORS",
    "Browser",
    "Condition",
    "Key",
    "Statistics",
    "View",
    "read_view",
    "require_column",
]
