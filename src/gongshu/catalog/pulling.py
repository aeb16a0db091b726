"""The job that asks a source, and the tick that finds which are due.

A file that was fetched is kept until it is a version: a job whose worker died goes on with it, and
with the half that came of it. What holds the same as last time makes no version.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from gongshu.catalog import named_secrets, pull_table, pull_url, pulls
from gongshu.catalog.ingest import ingest_file, upload_folder
from gongshu.catalog.models import Pull, Pulled, PullKind
from gongshu.data.contents import digest_of
from gongshu.jobs import services as jobs
from gongshu.jobs.registry import JobContext, job, tick
from gongshu.ledger.crash import crash_point
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Conflict
from gongshu.wording import Problem, Sentence

FETCHING = Sentence(en="Fetching from the source", zh="正在从来源获取")
UNCHANGED = Sentence(en="The source holds what it held.", zh="来源内容未变化。")
FETCH_SHARE = 0.3  # of the work


@dataclass
class Fetched:
    """A file of a source; `seen` is how its server named it, `digest` what was read."""

    name: str
    digest: str
    seen: pull_url.Seen = pull_url.NEVER


@job("pull")
def run(ctx: JobContext, *, pull: int) -> dict[str, Any]:
    """A run of a source. What goes wrong is kept with it, and told to its provider once."""
    row = Pull.objects.select_related("dataset__provider").filter(pk=pull).first()
    if row is None:
        raise Conflict(
            "no_source",
            Sentence(en="The source was removed meanwhile.", zh="该来源已被移除。"),
        )
    try:
        return _run(ctx, row)
    except Problem as problem:
        _failed(row, problem)
        raise


@tick("pulls", every_seconds=15)
def queue_due() -> None:
    pulls.queue_due()


def _run(ctx: JobContext, row: Pull) -> dict[str, Any]:
    by = pulls.agent_of_pull(row)
    ctx.log(FETCHING)
    fetched = _fetched(ctx, row)
    if fetched is None or fetched.digest == row.content_digest:
        _forget(ctx)
        _ended(row, Pulled.UNCHANGED, UNCHANGED, seen=fetched.seen if fetched else None)
        ctx.log(UNCHANGED)
        return {"dataset": row.dataset.code, "version": row.last_version, "fresh": False}
    crash_point("pull.fetched")
    return _ingested(ctx, row, by, fetched)


def _ingested(ctx: JobContext, row: Pull, by: Agent, fetched: Fetched) -> dict[str, Any]:
    stages: list[Sentence] = []

    def say(percent: float, what: Sentence) -> None:
        if what not in stages:
            stages.append(what)
            ctx.log(what)
        ctx.progress(int(100 * FETCH_SHARE + percent * (1 - FETCH_SHARE)), what)

    done = ingest_file(
        upload_folder() / fetched.name,
        code=row.dataset.code,
        by=by,
        source_name=_source_name(row),
        hints=row.hints,
        progress=say,
    )
    number = done.version.number
    crash_point("pull.ingested")
    told = Sentence(en=f"Version {number}.", zh=f"第 {number} 版。") if done.fresh else UNCHANGED
    state = Pulled.NEW if done.fresh else Pulled.UNCHANGED
    _ended(row, state, told, digest=fetched.digest, seen=fetched.seen, version=number)
    _forget(ctx)
    return {"dataset": row.dataset.code, "version": number, "fresh": done.fresh}


def _fetched(ctx: JobContext, row: Pull) -> Fetched | None:
    """What an earlier attempt fetched, or what the source holds now; None if that is as before."""
    saved = ctx.job.saved or {}
    if saved.get("digest") and (upload_folder() / saved["name"]).is_file():
        return Fetched(saved["name"], saved["digest"], pull_url.Seen(**saved["seen"]))
    upload_folder().mkdir(exist_ok=True, mode=0o700)
    name = str(saved.get("name") or secrets.token_hex(16))
    target = upload_folder() / name
    secret = named_secrets.read(row.dataset.provider.code, row.secret)

    def progress(percent: float) -> None:
        ctx.progress(int(percent * FETCH_SHARE), FETCHING)

    if row.kind == PullKind.POSTGRESQL:
        ctx.save({"name": name})
        digest = pull_table.fetch(row.address, row.query, secret, target, progress=progress)
        seen: pull_url.Seen | None = pull_url.NEVER
    else:
        seen = _from_url(ctx, row, secret, target, progress)
        digest = digest_of(target) if seen is not None else ""
    if seen is None:
        return None
    ctx.save({"name": name, "digest": digest, "seen": asdict(seen)})
    return Fetched(name, digest, seen)


def _from_url(
    ctx: JobContext, row: Pull, secret: str, target: Path, progress: pull_url.Progress
) -> pull_url.Seen | None:
    saved = ctx.job.saved or {}
    return pull_url.fetch(
        pull_url.Source(row.address, secret, pull_url.Seen(row.etag, row.last_modified)),
        target,
        progress=progress,
        began=lambda seen: ctx.save({"name": target.name, "seen": asdict(seen)}),
        resumed=pull_url.Seen(**saved.get("seen", {})),
    )


def _source_name(row: Pull) -> str:
    """Its end says how it is read; a table comes as Parquet."""
    if row.kind == PullKind.URL:
        return pull_url.name_of(row.address)
    return f"{row.query if pull_table.TABLE.fullmatch(row.query) else 'query'}.parquet"


def _forget(ctx: JobContext) -> None:
    name = (ctx.job.saved or {}).get("name")
    if name:
        (upload_folder() / name).unlink(missing_ok=True)
        ctx.save({})


def _ended(
    row: Pull,
    state: Pulled,
    told: Sentence,
    *,
    digest: str = "",
    seen: pull_url.Seen | None = None,
    version: int | None = None,
) -> None:
    changes: dict[str, Any] = {"failures": 0} | _last(state, told)
    if digest:
        changes["content_digest"] = digest
    if seen is not None:
        changes |= {"etag": seen.etag, "last_modified": seen.last_modified}
    if version is not None:
        changes["last_version"] = version
    Pull.objects.filter(pk=row.pk).update(**changes)


def _failed(row: Pull, problem: Problem) -> None:
    """Noted, tried again sooner than its cycle says, and told when it goes wrong anew."""
    told = jobs.failure_sentence(problem)
    failures = row.failures + 1
    due = pulls.after_failure(timezone.now(), row.cycle, failures)
    with transaction.atomic():
        Pull.objects.filter(pk=row.pk).update(
            failures=failures, next_due=due, **_last(Pulled.FAILED, told)
        )
        if failures == 1:
            code = row.dataset.code
            jobs.notify(
                to=row.dataset.provider.code,
                text=Sentence(
                    en=f"{code} could not be pulled from its source: {told.en}",
                    zh=f"未能从来源拉取 {code}：{told.zh}",
                ),
                link=f"/dataset/{code}/pull",
            )


def _last(state: Pulled, told: Sentence) -> dict[str, Any]:
    return {
        "last_at": timezone.now(),
        "last_state": state,
        "last_en": told.en,
        "last_zh": told.zh,
    }
