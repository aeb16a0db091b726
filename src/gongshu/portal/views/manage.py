"""What a provider does with its own data: upload a version, describe the entry, set the terms."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import ingest, selectors, services
from gongshu.catalog.metadata import DESCRIBABLE
from gongshu.catalog.models import Dataset, Domain
from gongshu.portal.entry_fields import entry_fields
from gongshu.portal.forms import as_yaml
from gongshu.rules.problems import Forbidden
from gongshu.rules.yaml_text import read_mapping
from gongshu.wording import Problem, Sentence


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The datasets of the reader's own organisation, drafts among them."""
    agent = agent_of_request(request)
    own = selectors.visible_to(agent).filter(provider__code=agent.organisation)
    context = {
        "section": "mine",
        "datasets": own.order_by("-modified"),
        "domains": Domain.objects.all(),
    }
    return render(request, "portal/mine.html", context)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """A draft entry from a code and a title; its data come next."""
    agent = agent_of_request(request)
    problem = None
    if request.method == "POST":
        code = f"{request.POST.get('domain', '')}.{request.POST.get('name', '').strip()}"
        title = request.POST.get("title_zh", "").strip()
        try:
            made = services.create_draft(
                code=code, provider=agent.organisation, by=agent, title_zh=title
            )
        except Problem as refused:
            problem = refused
        else:
            return redirect(f"/dataset/{made.code}/edit")
    context = {"section": "mine", "domains": Domain.objects.all(), "problem": problem}
    return render(request, "portal/dataset_new.html", context, status=422 if problem else 200)


@login_required
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Describe, set terms, upload: three forms of one page, told apart by the button."""
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    if not selectors.is_holder(found, agent):
        raise Forbidden(
            "not_yours",
            Sentence(
                en="Only its provider changes this entry.", zh="仅提供部门可以修改该目录条目。"
            ),
        )
    problem = None
    if request.method == "POST":
        try:
            return _done(request, found)
        except Problem as refused:
            problem = refused
    own = selectors.latest_owner_terms(found)
    context: dict[str, Any] = {
        "section": "mine",
        "dataset": found,
        "fields": entry_fields(found, request.POST),
        "columns": selectors.described_fields(found, full=True),
        "terms": request.POST.get("terms") or (as_yaml(own.terms) if own else ""),
        "problem": problem,
        "doing": request.POST.get("do", ""),
    }
    return render(request, "portal/dataset_edit.html", context, status=422 if problem else 200)


def _done(request: HttpRequest, found: Dataset) -> HttpResponse:
    agent = agent_of_request(request)
    doing = request.POST.get("do")
    file = request.FILES.get("file")
    if doing == "upload" and isinstance(file, UploadedFile):
        job = ingest.receive_upload(
            file.chunks(),
            source_name=file.name or "",
            code=found.code,
            by=agent,
            hints={"mode": "append"} if request.POST.get("mode") == "append" else None,
        )
        return redirect(f"/job/{job.id}")
    if doing == "terms":
        terms = read_mapping(request.POST.get("terms", ""), field="terms")
        services.set_owner_terms(dataset=found, terms=terms, by=agent)
        messages.success(request, _("The terms are set."), extra_tags="good")
    elif doing == "describe":
        said = {name: request.POST[name] for name in DESCRIBABLE if name in request.POST}
        services.describe(dataset=found, by=agent, **said)
        messages.success(request, _("The entry is described."), extra_tags="good")
    return redirect(f"/dataset/{found.code}/edit")
