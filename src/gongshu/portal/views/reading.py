"""How the newest version's file was read: the guesses, the lines left out, and saying it better."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import readings, selectors
from gongshu.catalog.models import Dataset, Reading
from gongshu.catalog.ownership import require_holder
from gongshu.rules.agents import Agent
from gongshu.rules.problems import not_found
from gongshu.wording import Problem

REJECTS_SHOWN = 50
ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16", "shift_jis", "euc-kr", "latin-1")


def reading(request: HttpRequest, code: str) -> HttpResponse:
    found, agent = _opened(request, code)
    kept = readings.of(found, agent)
    context = _shown(found, kept, agent)
    if request.method != "POST":
        return render(request, "portal/reading.html", context | _form(kept.hints if kept else {}))
    said = _said(request)
    if request.POST.get("act") == "fill":  # as the report proposes
        said["fill"] = context["report"].get("blank_below", [])
    context |= _form(said)
    try:
        return _acted(request, found, agent, said, context)
    except Problem as problem:
        return render(request, "portal/reading.html", context | {"problem": problem}, status=422)


def rejects(request: HttpRequest, code: str) -> StreamingHttpResponse:
    """All of them as CSV, in the reader's language."""
    found, agent = _opened(request, code)
    lines = readings.rejects(found, agent)
    response = StreamingHttpResponse(_csv(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.code}.rejects.csv"'
    return response


def _acted(
    request: HttpRequest,
    found: Dataset,
    agent: Agent,
    said: dict[str, Any],
    context: dict[str, Any],
) -> HttpResponse:
    act = request.POST.get("act", "preview")
    if act in ("preview", "fill"):
        preview = readings.preview(found, said, agent)
        return render(request, "portal/reading.html", context | {"preview": preview})
    require_holder(found, agent)
    if act == "forget":
        readings.forget(dataset=found, by=agent)
        return HttpResponseRedirect(f"/dataset/{found.code}/reading")
    job = readings.read_anew(dataset=found, hints=said, by=agent)
    return HttpResponseRedirect(f"/job/{job.id}")


def _opened(request: HttpRequest, code: str) -> tuple[Dataset, Agent]:
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    if not selectors.is_provider(found, agent):
        raise not_found()
    return found, agent


def _said(request: HttpRequest) -> dict[str, Any]:
    """The form as hints; an empty field is guessed."""
    asked = request.POST
    said: dict[str, Any] = {
        name: asked[name].strip() for name in ("encoding", "sheet", "member") if asked.get(name)
    }
    delimiter = asked.get("delimiter", "")
    if delimiter:
        said["delimiter"] = {"tab": "\t", "space": " "}.get(delimiter, delimiter)
    if asked.get("header", "").isdecimal():
        said["header"] = int(asked["header"])
    lines = [part.strip() for part in asked.get("skip", "").replace("，", ",").split(",")]
    numbers = [int(part) for part in lines if part.isdecimal()]
    if len(numbers) == 1 and asked.get("skip_as") != "lines":
        said["skip"] = numbers[0]
    elif numbers:
        said["skip"] = numbers
    for name in ("text", "fill"):
        if asked.getlist(name):
            said[name] = asked.getlist(name)
    return said


def _form(hints: dict[str, Any]) -> dict[str, Any]:
    skip = hints.get("skip")
    return {
        "hints": hints | ({"header": int(hints["header"])} if "header" in hints else {}),
        "skip": ", ".join(str(line) for line in skip) if isinstance(skip, list) else skip,
        "skip_lines": isinstance(skip, list),
        "delimiter": {"\t": "tab", " ": "space"}.get(hints.get("delimiter", ""))
        or hints.get("delimiter", ""),
    }


def _shown(found: Dataset, kept: Reading | None, agent: Agent) -> dict[str, Any]:
    version = selectors.latest(found)
    report = version.report if version else {}
    return {
        "section": "mine",
        "dataset": found,
        "may_download": selectors.may_download(found, agent),
        "reading": kept,
        "version": version,
        "report": report,
        "guesses": _guesses(report),
        "encodings": ENCODINGS,
        "rejects": list(islice(readings.rejects(found, agent), REJECTS_SHOWN)),
        "english": not (get_language() or "zh").startswith("zh"),
    }


def _guesses(report: dict[str, Any]) -> list[tuple[str, Any, float | None]]:
    """What was made out of the file, and how sure the reader was."""
    sure = report.get("confidence", {})
    delimiter = {"\t": _("tab"), " ": _("blank")}.get(report.get("delimiter") or "")
    rows = [
        (_("Format"), report.get("format"), sure.get("format")),
        (_("Encoding"), report.get("encoding"), sure.get("encoding")),
        (_("Delimiter"), delimiter or report.get("delimiter"), sure.get("delimiter")),
        (_("Sheet"), report.get("sheet"), sure.get("sheet")),
        (_("Other sheets"), ", ".join(report.get("other_sheets", [])), None),
        (_("Files of the archive"), ", ".join(report.get("members", [])), None),
        (_("Lines before the header"), report.get("preamble_lines"), sure.get("header")),
        (_("Header lines"), report.get("header_lines"), sure.get("header")),
    ]
    return [
        (name, value, confidence) for name, value, confidence in rows if value not in ("", None)
    ]


def _csv(lines: Iterator[dict[str, Any]]) -> Iterator[str]:
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    yield "\ufeff" + _line([_("Line"), _("Reason"), _("Text")])
    for line in lines:
        yield _line([line["line"], line[language], line["text"]])


def _line(cells: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
