"""What the bureau does with harvest sources: propose one, try it dry, run it, confirm what is gone.

case = propose(payload, by=clerk)          # the head of the bureau approves it in its case
job = check(source, by=clerk)              # a dry run: nothing is written
job = start(source, by=clerk)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from gongshu.accounts.models import Organisation
from gongshu.cases import selectors as case_selectors
from gongshu.cases import services as cases
from gongshu.cases.models import Case
from gongshu.interop.models import HarvestedEntry, HarvestRun, HarvestSource, RunState
from gongshu.jobs import services as jobs
from gongshu.jobs.models import FINAL, Job
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.wording import Sentence


def require_bureau(by: Agent, *, scope: str = "ingest") -> None:
    if not (by.is_a(Kind.BUREAU) or by.administrator or by.system):
        raise Forbidden(
            "not_bureau",
            Sentence(
                en="Harvest sources are kept by the data bureau.", zh="采集源由数据管理部门维护。"
            ),
        )
    if not by.may_use(scope):
        raise Forbidden(
            "scope",
            Sentence(
                en=f"This token lacks the scope “{scope}”.", zh=f"该令牌没有“{scope}”权限范围。"
            ),
        )


def propose(payload: Mapping[str, Any], *, by: Agent) -> Case:
    require_bureau(by)
    return cases.open_case(kind="harvest_source", payload=dict(payload), by=by)


def source(name: str, *, by: Agent) -> HarvestSource:
    """By its code; or one that is only proposed, by the number of its case."""
    require_bureau(by, scope="read")
    found = HarvestSource.objects.select_related("organisation").filter(code=name).first()
    if found is not None:
        return found
    case = case_selectors.visible(by).filter(pk=name, kind="harvest_source").first()
    if case is None:
        case = (
            case_selectors.visible(by)
            .filter(kind="harvest_source", subject_id=name, state="proposed")
            .first()
        )
    if case is None:
        raise NotFound(
            "unknown_source",
            Sentence(en=f"There is no harvest source “{name}”.", zh=f"没有采集源“{name}”。"),
        )
    return _proposed(case)


def _proposed(case: Case) -> HarvestSource:
    """As it would be, unsaved: it can be tried, and not be run."""
    said = dict(case.payload)
    organisation = Organisation.objects.filter(code=said.pop("organisation")).first()
    if organisation is None:
        raise BadInput(
            "not_a_provider",
            Sentence(en="Its organisation is not known here.", zh="其归属机构尚未登记。"),
        )
    return HarvestSource(**said, organisation=organisation, case_id=case.pk, active=False)


def check(name: str, *, by: Agent) -> Job:
    """A dry run as a job, whose result is the difference."""
    require_bureau(by)
    found = source(name, by=by)
    subject = Subject("harvest_source", found.code, found.organisation.code)
    return jobs.enqueue(kind="harvest_check", args={"source": name}, by=by, subject=subject)


@transaction.atomic
def start(name: str, *, by: Agent) -> Job:
    require_bureau(by)
    found = HarvestSource.objects.filter(code=name, active=True).first()
    if found is None:
        raise Conflict(
            "not_approved",
            Sentence(
                en="This source is not approved, or is ended.", zh="该采集源未获批准或已终止。"
            ),
            suggestion=Sentence(
                en="The head of the data bureau approves it in its case.",
                zh="由数据管理部门负责人在其办件中批准。",
            ),
        )
    if under_way(found) is not None:
        raise _running(name)
    subject = Subject("harvest_source", found.code, found.organisation.code)
    return jobs.enqueue(kind="harvest", args={"source": found.code}, by=by, subject=subject)


def under_way(found: HarvestSource) -> Job | None:
    mine = Job.objects.filter(kind="harvest", args__source=found.code)
    return mine.exclude(state__in=FINAL).first()


def begin(found: HarvestSource, job: Job) -> HarvestRun:
    """A new run; what a dead one left is closed."""
    for old in found.runs.filter(state=RunState.RUNNING):
        ended = Job.objects.filter(pk=old.job_id, state__in=FINAL).exists()
        if ended or old.job_id == job.pk:
            HarvestRun.objects.filter(pk=old.pk).update(
                state=RunState.FAILED, finished=moment.now()
            )
    found.runs.filter(state=RunState.WAITING).update(state=RunState.DONE)
    try:
        with transaction.atomic():
            return HarvestRun.objects.create(source=found, job_id=job.pk)
    except IntegrityError:
        raise _running(found.code) from None


@transaction.atomic
def confirm_gone(name: str, *, by: Agent) -> int:
    """A person has looked: what the last run did not find is marked as gone. How many."""
    require_bureau(by)
    found = source(name, by=by)
    run = found.runs.select_for_update().filter(state=RunState.WAITING).first()
    if run is None or run.pk != found.runs.latest("id").pk:
        raise Conflict(
            "nothing_waits",
            Sentence(en="No run of this source waits for a word.", zh="没有待确认的采集。"),
        )
    rows = HarvestedEntry.objects.filter(source=found, gone_since=None).exclude(run=run)
    count = rows.update(gone_since=moment.now())
    run.state = RunState.DONE
    run.save(update_fields=["state"])
    ledger.append(
        event="harvest.gone_confirmed",
        subject=Subject("harvest_source", found.code, found.organisation.code),
        by=by,
        public={"entries": count},
    )
    return count


def _running(name: str) -> Conflict:
    return Conflict(
        "harvest_running",
        Sentence(en=f"A run of {name} is under way.", zh=f"{name} 正在采集中。"),
    )
