"""What `gongshu doctor` looks at. Each look is one function that says what it found."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from gongshu.cases import clock
from gongshu.cases import files as case_files
from gongshu.cases.models import CaseFile
from gongshu.catalog import index
from gongshu.catalog.models import Version
from gongshu.catalog.store import version_store
from gongshu.data.engines.doctor import sandbox_status
from gongshu.data.storage import VersionStore
from gongshu.jobs import mail
from gongshu.jobs.models import Delivery, DeliveryState, Job, State
from gongshu.ledger.models import Entry
from gongshu.wording import Problem, Sentence

LITTLE_DISK, NO_DISK = 5e9, 5e8
CALENDAR_AHEAD = timedelta(days=60)
LATE = timedelta(minutes=2)  # entries are sequenced each second while a worker runs


@dataclass(frozen=True)
class Finding:
    name: str
    level: str  # ok, warning, error
    sentence: Sentence
    advice: Sentence | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "level": self.level,
            "sentence": str(self.sentence),
            "advice": str(self.advice) if self.advice else None,
        }


def examine() -> list[Finding]:
    """All findings; a look that fails is a finding itself and keeps no other from being made."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        *(
            _database,
            _keys,
            _ledger,
            _jobs,
            _mail,
            _deliveries,
            _store,
            _files,
            _index,
            _calendar,
            _disk,
            _sandbox,
        ),
    )
    found: list[Finding] = []
    for look in looks:
        try:
            found += list(look())
        except Problem as problem:
            found.append(Finding(look.__name__[1:], "error", problem.sentence, problem.suggestion))
        except Exception as error:  # the doctor must not die of the disease
            kind = type(error).__name__
            found.append(
                Finding(
                    look.__name__[1:],
                    "error",
                    Sentence(en=f"This could not be looked at: {kind}.", zh=f"检查失败：{kind}。"),
                )
            )
    return found


def _database() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield Finding(
            "database",
            "error",
            Sentence(en="The database is not up to date.", zh="数据库结构不是最新。"),
            Sentence(en="Run `gongshu init` again.", zh="请再次运行 `gongshu init`。"),
        )
        return
    if connection.vendor != "sqlite":
        yield Finding("database", "ok", Sentence(en="PostgreSQL answers.", zh="PostgreSQL 正常。"))
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = str(cursor.fetchone()[0]).lower()
        cursor.execute("PRAGMA synchronous")
        full = int(cursor.fetchone()[0]) >= 2
        cursor.execute("PRAGMA quick_check(1)")
        sound = cursor.fetchone()[0] == "ok"
    good = mode == "wal" and full and sound
    yield Finding(
        "database",
        "ok" if good else "error",
        Sentence(en="SQLite: WAL, synced, sound.", zh="SQLite：WAL 模式，同步写入，结构完好。")
        if good
        else Sentence(
            en=f"SQLite: journal {mode}, synced {full}, sound {sound}.",
            zh=f"SQLite：日志模式 {mode}，同步 {full}，完好 {sound}。",
        ),
    )


def _keys() -> Iterator[Finding]:
    for name in ("secret_key", "log.key"):
        path = Path(settings.HOME) / name
        if not path.exists():
            yield Finding(
                name, "error", Sentence(en=f"{path} is missing.", zh=f"缺少 {path}。"),
                Sentence(en="Restore it from the backup.", zh="请从备份恢复。"),
            )  # fmt: skip
            continue
        private = not stat.S_IMODE(path.stat().st_mode) & 0o077
        yield Finding(
            name,
            "ok" if private else "error",
            Sentence(en=f"{name} is readable by its owner alone.", zh=f"{name} 仅所有者可读。")
            if private
            else Sentence(en=f"Others can read {path}.", zh=f"其他用户可读取 {path}。"),
            None if private else Sentence(en=f"chmod 600 {path}", zh=f"chmod 600 {path}"),
        )


def _ledger() -> Iterator[Finding]:
    pending = Entry.objects.filter(index__isnull=True)
    late = pending.filter(at__lt=timezone.now() - LATE).count()
    yield Finding(
        "ledger",
        "warning" if late else "ok",
        Sentence(
            en=f"{late} entries wait for their place in the log."
            if late
            else "The log is current.",
            zh=f"有 {late} 条记录等待排入日志。" if late else "日志已是最新。",
        ),
        Sentence(en="Is a worker running?", zh="工作进程是否在运行？") if late else None,
    )


def _jobs() -> Iterator[Finding]:
    stuck = Job.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now() - LATE).count()
    failed = Job.objects.filter(
        state=State.FAILED, finished__gt=timezone.now() - timedelta(days=1)
    ).count()
    bad = stuck or failed
    yield Finding(
        "jobs",
        "warning" if bad else "ok",
        Sentence(
            en=f"Jobs: {stuck} without a worker, {failed} failed since yesterday.",
            zh=f"任务：{stuck} 个无工作进程，近一日失败 {failed} 个。",
        ),
    )


def _mail() -> Iterator[Finding]:
    """Whether the mail server lets the platform in; of its setting, the server's name alone."""
    if not mail.is_on():
        yield Finding("mail", "ok", mail.OFF)
        return
    host = settings.MAIL_SERVER["host"]
    server = mail.server()
    try:
        server.open()
    except (OSError, ValueError) as error:
        said = mail.said(error)
        yield Finding(
            "mail", "error", Sentence(en=f"{host}: {said.en}", zh=f"{host}：{said.zh}"),
            Sentence(en="See GONGSHU_MAIL_URL.", zh="请检查 GONGSHU_MAIL_URL。"),
        )  # fmt: skip
        return
    finally:
        server.close()
    linked = bool(settings.PUBLIC_URL)
    yield Finding(
        "mail",
        "ok" if linked else "warning",
        Sentence(en=f"Mails leave by {host}.", zh=f"邮件经由 {host} 发出。")
        if linked
        else Sentence(
            en=f"Mails leave by {host}, but with links that lead nowhere.",
            zh=f"邮件经由 {host} 发出，但其中的链接无法打开。",
        ),
        Sentence(en="Set GONGSHU_URL, the public address.", zh="请设置公开地址 GONGSHU_URL。"),
    )


def _deliveries() -> Iterator[Finding]:
    since = timezone.now() - timedelta(days=1)
    given_up = Delivery.objects.filter(state=DeliveryState.GIVEN_UP, ended__gt=since).count()
    yield Finding(
        "deliveries",
        "warning" if given_up else "ok",
        Sentence(
            en=f"Mails and webhooks given up since yesterday: {given_up}.",
            zh=f"近一日放弃发送的邮件和网络回调：{given_up} 件。",
        ),
        Sentence(
            en="`gongshu notice deliveries --state given_up` says why.",
            zh="原因见 `gongshu notice deliveries --state given_up`。",
        ),
    )


def _store() -> Iterator[Finding]:
    """An object store is somebody else's machine: whether it answers, and what we hold of it."""
    store = version_store()
    if isinstance(store, VersionStore):
        return
    try:
        store.require()
    except Problem as problem:
        why = "; ".join(getattr(problem, "__notes__", []))
        yield Finding(
            "store",
            "error",
            Sentence(en=f"{problem.sentence.en} ({why})", zh=f"{problem.sentence.zh}（{why}）"),
            Sentence(
                en="Look at GONGSHU_STORE, GONGSHU_S3_ENDPOINT and the AWS_ credentials.",
                zh="请检查 GONGSHU_STORE、GONGSHU_S3_ENDPOINT 和 AWS_ 凭据。",
            ),
        )
        return
    held = store.copies.held() / 1e9
    yield Finding(
        "store",
        "ok",
        Sentence(
            en=f"The object store answers; {held:.1f} GB of it are copied here.",
            zh=f"对象存储应答正常；本机副本 {held:.1f} GB。",
        ),
    )


def _files() -> Iterator[Finding]:
    named = [
        file["name"]
        for files in Version.objects.filter(removed=None).values_list("files", flat=True).iterator()
        for file in files
    ]
    attached = CaseFile.objects.values_list("digest", flat=True).distinct()
    missing = version_store().missing(named) + case_files.store().missing(attached)
    yield Finding(
        "files",
        "error" if missing else "ok",
        Sentence(
            en=f"{len(missing)} files of versions or cases are missing, the first: {missing[0]}."
            if missing
            else "Every version and every case has its files.",
            zh=f"缺少 {len(missing)} 个版本文件或办件附件，首个为 {missing[0]}。"
            if missing
            else "各版本文件和办件附件齐全。",
        ),
    )


def _index() -> Iterator[Finding]:
    behind = index.waiting()
    yield Finding(
        "search",
        "warning" if behind else "ok",
        Sentence(
            en=f"The search index is {behind} changes behind."
            if behind
            else "The search index is current.",
            zh=f"检索索引落后 {behind} 项变更。" if behind else "检索索引已是最新。",
        ),
        Sentence(en="`gongshu catalog index` writes it.", zh="可运行 `gongshu catalog index`。"),
    )


def _calendar() -> Iterator[Finding]:
    last = clock.calendar().last
    enough = timezone.localdate() + CALENDAR_AHEAD < last
    yield Finding(
        "calendar",
        "ok" if enough else "warning",
        Sentence(en=f"The calendar of working days ends on {last}.", zh=f"工作日历截止于 {last}。"),
        Sentence(
            en="Later due dates are provisional; `gongshu calendar import` adds a year.",
            zh="其后的期限为暂定；可用 `gongshu calendar import` 导入下一年度。",
        ),
    )


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.HOME).free
    level = "error" if free < NO_DISK else "warning" if free < LITTLE_DISK else "ok"
    yield Finding(
        "disk",
        level,
        Sentence(
            en=f"{free / 1e9:.1f} GB of disk are free.", zh=f"磁盘可用空间 {free / 1e9:.1f} GB。"
        ),
    )


def _sandbox() -> Iterator[Finding]:
    for name, held, sentence in sandbox_status():
        shown = sentence if held else Sentence(
            en=f"Not in force here: {sentence.en}", zh=f"此处未生效：{sentence.zh}"
        )  # fmt: skip
        yield Finding(f"sandbox.{name}", "ok" if held else "warning", shown)
