"""The sharing duty list as a file: the same columns as CSV for a spreadsheet and as JSON.

The keys are a contract with whoever reads the file by a program; the CSV has the titles of its
reader's language in the first line, and a byte-order mark, so that a spreadsheet reads Chinese.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from gongshu.oversight.duties import DutyLine, ProviderLine
from gongshu.oversight.promises import Duty, Tally
from gongshu.wording import Sentence

COLUMNS = {
    "provider": Sentence("Provider", "数据提供部门代码"),
    "provider_name": Sentence("Name of the provider", "数据提供部门"),
    "dataset": Sentence("Dataset", "数据集代码"),
    "title": Sentence("Title", "数据名称"),
    "items": Sentence("Data items", "数据项"),
    "sharing": Sentence("Sharing attribute", "共享属性"),
    "conditions": Sentence("Scope and purpose", "共享范围和用途"),
    "method": Sentence("Sharing method", "共享方式"),
    "format": Sentence("Format", "数据格式"),
    "classification": Sentence("Classification", "数据分类"),
    "grade": Sentence("Grade", "数据分级"),
    "update_cycle": Sentence("Update cycle", "更新频率"),
    "updated": Sentence("Last updated", "最近更新"),
    "next_update": Sentence("Next update expected by", "预计更新日期"),
    "update_late": Sentence("Update late", "更新逾期"),
    "reply_within": Sentence("Reply within", "答复时限"),
    "delivery_within": Sentence("Delivery within", "提供时限"),
    "correction_within": Sentence("Correction within", "校核时限"),
    "replies_in_time": Sentence("Replies in time", "按期答复"),
    "replies_late": Sentence("Replies late", "逾期答复"),
    "deliveries_in_time": Sentence("Deliveries in time", "按期提供"),
    "deliveries_late": Sentence("Deliveries late", "逾期提供"),
    "corrections_in_time": Sentence("Corrections in time", "按期校核"),
    "corrections_late": Sentence("Corrections late", "逾期校核"),
    "overdue": Sentence("Overdue now", "当前逾期"),
}


def as_row(line: DutyLine, language: str) -> dict[str, Any]:
    dataset, promised = line.dataset, line.promised
    reply, delivery, correction = (
        line.done.get(duty, Tally()) for duty in (Duty.REPLY, Duty.DELIVERY, Duty.CORRECTION)
    )
    return {
        "provider": dataset.provider.code,
        "provider_name": dataset.provider.name(language),
        "dataset": dataset.code,
        "title": dataset.title(language),
        "items": list(line.items),
        "sharing": dataset.sharing,
        "conditions": dataset.sharing_conditions,
        "method": dataset.sharing_method,
        "format": dataset.format,
        "classification": dataset.classification,
        "grade": dataset.grade,
        "update_cycle": dataset.update_cycle,
        "updated": line.updated.isoformat() if line.updated else None,
        "next_update": line.next_update.isoformat() if line.next_update else None,
        "update_late": line.update_late,
        "reply_within": _said(promised.reply, language),
        "delivery_within": _said(promised.delivery, language),
        "correction_within": _said(promised.correction, language),
        "replies_in_time": reply.in_time,
        "replies_late": reply.late,
        "deliveries_in_time": delivery.in_time,
        "deliveries_late": delivery.late,
        "corrections_in_time": correction.in_time,
        "corrections_late": correction.late,
        "overdue": line.overdue,
    }


def provider_row(line: ProviderLine) -> dict[str, Any]:
    return {
        "provider": line.provider,
        "datasets": line.datasets,
        "in_time": line.in_time,
        "late": line.late,
        "overdue": line.overdue,
        "share_in_time": None if line.share is None else round(line.share, 4),
        "duties": {
            duty.value: {"in_time": tally.in_time, "late": tally.late}
            for duty, tally in line.done.items()
        },
    }


def as_csv(lines: Iterable[DutyLine], language: str) -> Iterator[str]:
    chinese = language.lower().startswith("zh")
    yield "\ufeff"
    yield _written([title.zh if chinese else title.en for title in COLUMNS.values()])
    for line in lines:
        row = as_row(line, language)
        row["items"] = "; ".join(row["items"])
        yield _written([_harmless(row[name]) for name in COLUMNS])


def as_json(lines: Iterable[DutyLine], language: str) -> Iterator[str]:
    """One list, one line an entry; written as it comes."""
    yield "["
    for number, line in enumerate(lines):
        text = json.dumps(as_row(line, language), ensure_ascii=False)
        yield f",\n{text}" if number else f"\n{text}"
    yield "\n]\n"


def _written(cells: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _harmless(value: Any) -> Any:
    """A spreadsheet takes a text that begins so for a formula, and would carry it out."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return "" if value is None else value


def _said(sentence: Sentence | None, language: str) -> str:
    if sentence is None:
        return ""
    return sentence.zh if language.lower().startswith("zh") else sentence.en
