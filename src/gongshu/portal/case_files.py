"""Files in a page's forms: received with the form, named in it by their digests.

A file field called `basis_files` is an upload control of that name; what was sent before, while
the form was still wrong somewhere else, comes back as ticked boxes called `basis_files.digest`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict

from gongshu.cases import files
from gongshu.cases.models import Upload
from gongshu.portal import forms
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Problem

NAMED = ".digest"


def file_names(schema: Mapping[str, Any] | None) -> list[str]:
    """The fields of a form that name files."""
    properties = (schema or {}).get("properties", {})
    return [name for name, details in properties.items() if details.get("x-files")]


def with_files(
    request: HttpRequest, schema: Mapping[str, Any] | None, agent: Agent
) -> tuple[QueryDict, Problem | None]:
    """What was posted, with the digests of the files that came along; and what was wrong with
    one of them. Those that were right are kept, and named in the form that is shown again."""
    posted, problem = request.POST.copy(), None
    for name in file_names(schema):
        for sent in request.FILES.getlist(name):
            try:
                files.require_size(sent.size or 0)
                row = files.receive(name=sent.name or "", pieces=sent.chunks(), by=agent)
            except Problem as wrong:
                problem = _of_field(wrong, name)
            else:
                posted.appendlist(name + NAMED, row.digest)
    return posted, problem


def shown(
    posted: Mapping[str, Any], schema: Mapping[str, Any] | None, agent: Agent
) -> dict[str, Any]:
    """field → what its control shows: text as it was typed, files as (digest, name)."""
    values: dict[str, Any] = {key: str(value) for key, value in posted.items()}
    if isinstance(posted, QueryDict):
        named = {name: posted.getlist(name + NAMED) for name in file_names(schema)}
        known = _names({one for digests in named.values() for one in digests}, agent)
        for name, digests in named.items():
            values[name] = [(one, known[one]) for one in dict.fromkeys(digests) if one in known]
    return values


def fields(posted: Mapping[str, Any], schema: Mapping[str, Any], agent: Agent) -> list[forms.Field]:
    """The fields of a form, as they were filled in; nobody without a name sends files."""
    found = forms.fields(schema, shown(posted, schema, agent))
    return [field for field in found if agent.person or field.widget != "files"]


def accepted() -> str:
    """For the upload control: which files the browser offers to choose."""
    return ",".join(f".{ending}" for ending in settings.FILE_TYPES)


def _names(digests: set[str], agent: Agent) -> dict[str, str]:
    if not (digests and agent.person):
        return {}
    rows = Upload.objects.filter(person=agent.person, digest__in=digests)
    return dict(rows.values_list("digest", "name"))


def _of_field(problem: Problem, name: str) -> Problem:
    """The same words, said of the field that the file was for."""
    return BadInput(problem.code, problem.sentence, suggestion=problem.suggestion, field=name)
