"""Files of cases: sent, checked, kept under their digest, attached, and read by who sees the case.

A file is sent first (`receive`) and belongs to nobody's case yet; it is attached by hand
(`attach`), or because a form that is sent in names its digest (`named_in`, `bind`). Only then is
there an act, and with it an entry that names digest and size. What no row names is swept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from pydantic import BaseModel

from gongshu.cases import selectors
from gongshu.cases.bodies import in_words
from gongshu.cases.file_types import TYPES, checked_type, require_holds
from gongshu.cases.models import Case, CaseFile, CaseStep, Upload
from gongshu.cases.recording import beside
from gongshu.cases.visitors import is_visitor
from gongshu.data.contents import ContentStore
from gongshu.jobs import services as jobs
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden, NotFound
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

LONGEST_NAME = 255
UPLOADS_LAST = timedelta(days=1)
MOST_UPLOADS = 200  # of one person, in a day, that no case names
MOST_FILES = 200  # of one case
MOST_OF_A_VISITOR = 5
VISITORS_AN_HOUR = 500 * 10**6  # bytes, all of them together


def store() -> ContentStore:
    return ContentStore(Path(settings.HOME) / "files")


def require_size(size: int) -> None:
    limit: int = settings.FILE_LIMIT
    if size > limit:
        raise BadInput(
            "too_large",
            Sentence(
                en=f"The file is larger than {in_words(limit)}, the most that may be attached.",
                zh=f"文件超过 {in_words(limit)}，即允许上传附件的上限。",
            ),
            field="file",
        )


def receive(*, name: str, pieces: Iterable[bytes], by: Agent) -> Upload:
    """A file that a form or `attach` may name for a day; sent twice, it is kept once."""
    require_sender(by)
    name = _plain_name(name)
    ending = checked_type(name, settings.FILE_TYPES)
    digest, size = store().write(_bounded(pieces), check=lambda path: require_holds(path, ending))
    known = {"name": name, "type": ending, "size": size, "at": moment.now()}
    row, _ = Upload.objects.update_or_create(person=by.person, digest=digest, defaults=known)
    return row


def attach(
    *, case_id: str, name: str, pieces: Iterable[bytes], by: Agent, at: datetime | None = None
) -> CaseFile:
    """A file of this case, with its entry; the same content again is the same file."""
    case = selectors.get(case_id, by)
    _require_room(case, by)
    upload = receive(name=name, pieces=pieces, by=by)
    try:
        with transaction.atomic():
            row, fresh = _attached(case, upload, step="", by=by, at=at or moment.now())
            if fresh:
                _tell(case, row, by)
    except IntegrityError:  # from two windows at once: the other one has attached it
        return CaseFile.objects.get(
            case=case, digest=upload.digest, step="", organisation=by.organisation
        )
    return row


def named_in(form: BaseModel | None, by: Agent, case: Case | None = None) -> list[Upload]:
    """The files that a form names: sent by whoever names them, or attached to the case before."""
    found = []
    for field in file_fields(type(form)) if form else ():
        for digest in getattr(form, field):
            upload = _known(digest, by, case)
            if upload is None:
                raise BadInput(
                    "unknown_file",
                    Sentence(
                        en=f"No file with the digest {digest[:12]}… was sent by you.",
                        zh=f"您没有上传过摘要为 {digest[:12]}… 的文件。",
                    ),
                    suggestion=Sentence(
                        en="Send it first; a file that no case names is kept for a day.",
                        zh="请先上传该文件；未用于任何办件的文件仅保留一天。",
                    ),
                    field=field,
                )
            found.append(upload)
    return found


def bind(case: Case, taken: CaseStep, uploads: Iterable[Upload], by: Agent, at: datetime) -> None:
    """In the step's transaction: what its form names belongs to the case from now on."""
    for upload in uploads:
        before = case.files.filter(digest=upload.digest, organisation=by.organisation)
        if not any(_open(case, file) for file in before):
            _attached(case, upload, step=taken.name, by=by, at=at)


def file_fields(form: type[BaseModel]) -> list[str]:
    """The fields that name files (`rules.written.files`)."""
    extras = {n: f.json_schema_extra for n, f in form.model_fields.items()}
    return [
        name for name, extra in extras.items() if isinstance(extra, dict) and "x-files" in extra
    ]


def visible(case: Case, agent: Agent) -> list[CaseFile]:
    """The files of a case that the agent sees; those of a confidential form with the form."""
    procedure = PROCEDURES[case.kind]

    def reads(file: CaseFile) -> bool:
        row = procedure.step(file.step) if file.step else None
        return row is None or selectors.may_read_form(case, row, file.organisation, agent)

    return [file for file in case.files.all() if reads(file)]


def get(case_id: str, digest: str, agent: Agent) -> tuple[CaseFile, Path]:
    """A file and where it lies, for who sees the case."""
    case = selectors.get(case_id, agent)
    for row in visible(case, agent):
        if row.digest == digest:
            return row, store().path(digest)
    raise NotFound(
        "unknown_file",
        Sentence(en="This case has no such file.", zh="该办件没有此附件。"),
    )


def media_type(row: CaseFile) -> str:
    return TYPES[row.type].media_type


def sweep(now: datetime | None = None) -> list[str]:
    """Forget uploads of yesterday and remove files that no row names; run by the worker."""
    old = (now or moment.now()) - UPLOADS_LAST
    Upload.objects.filter(at__lt=old).delete()
    known = set(CaseFile.objects.values_list("digest", flat=True))
    return store().sweep(known | set(Upload.objects.values_list("digest", flat=True)))


def _open(case: Case, file: CaseFile) -> bool:
    """Whether all who see the case see the file."""
    row = PROCEDURES[case.kind].step(file.step) if file.step else None
    return row is None or row.confidential is None


def _bounded(pieces: Iterable[bytes]) -> Iterable[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        require_size(size)
        yield piece


def _known(digest: str, by: Agent, case: Case | None) -> Upload | None:
    """By whom it was sent, so that nobody learns by a digest that a file is here."""
    own = Upload.objects.filter(digest=digest, person=by.person).first() if by.person else None
    if own or case is None:
        return own
    before = next((file for file in visible(case, by) if file.digest == digest), None)
    if before is None:
        return None
    return Upload(digest=digest, name=before.name, type=before.type, size=before.size)


def _attached(
    case: Case, upload: Upload, *, step: str, by: Agent, at: datetime
) -> tuple[CaseFile, bool]:
    mine: QuerySet[CaseFile] = CaseFile.objects.filter(
        case=case, digest=upload.digest, step=step, organisation=by.organisation
    )
    if before := mine.first():
        return before, False
    try:
        store().keep(upload.digest)
    except KeyError:
        raise BadInput(
            "unknown_file",
            Sentence(en="The file is not here any more.", zh="该文件已不存在。"),
            suggestion=Sentence(en="Send it again.", zh="请重新上传。"),
        ) from None
    row = CaseFile(
        case=case,
        digest=upload.digest,
        name=upload.name,
        type=upload.type,
        size=upload.size,
        step=step,
        person=by.person,
        organisation=by.organisation,
        at=at,
    )
    row.entry_id = _entry(row, by).id
    row.save(force_insert=True)
    return row, True


def _entry(row: CaseFile, by: Agent) -> Any:
    public = beside(row.case) | {
        "step": row.step,
        "digest": row.digest,
        "bytes": row.size,
        "type": row.type,
    }
    return ledger.append(
        event="case.file_attached",
        subject=Subject("case", row.case_id, row.case.applicant),
        by=by,
        public=public,
        private={"name": row.name},
        at=row.at,
    )


def _tell(case: Case, row: CaseFile, by: Agent) -> None:
    for code in selectors.others_of(case, by):
        jobs.notify(
            to=code,
            text=Sentence(
                en=f"{case.id}: the file “{row.name}” was attached.",
                zh=f"{case.id}：新增附件“{row.name}”。",
            ),
            link=f"/case/{case.id}",
        )


def _plain_name(name: str) -> str:
    """The last part of a path, without what no file's name has; from the end if too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[-LONGEST_NAME:]


def require_sender(by: Agent) -> None:
    """Asked before a file is read, and again when it is kept."""
    if not by.person or not by.may_use("case"):
        raise Forbidden(
            "not_a_sender",
            Sentence(
                en="Files are sent by people who work on cases; log in first.",
                zh="须登录并具有办件权限，才能上传附件。",
            ),
        )
    since = moment.now() - UPLOADS_LAST
    if Upload.objects.filter(person=by.person, at__gt=since).count() >= MOST_UPLOADS:
        raise _full()
    if is_visitor(by):
        hour = moment.now() - timedelta(hours=1)
        sent = Upload.objects.filter(person__startswith="visitor:", at__gt=hour)
        if (sent.aggregate(n=Sum("size"))["n"] or 0) >= VISITORS_AN_HOUR:
            raise _full()


def _require_room(case: Case, by: Agent) -> None:
    most = MOST_OF_A_VISITOR if is_visitor(by) else MOST_FILES
    files = case.files.filter(person=by.person) if is_visitor(by) else case.files
    if files.count() >= most:
        raise _full()


def _full() -> Forbidden:
    return Forbidden(
        "limit",
        Sentence(en="There are too many files already.", zh="附件数量已达上限。"),
        suggestion=Sentence(en="Put several into one ZIP.", zh="请将多个文件合并为一个 ZIP 文件。"),
    )


@register()
def every_type_is_known(**_: Any) -> list[CheckMessage]:
    unknown = sorted(set(settings.FILE_TYPES) - TYPES.keys())
    return [Error(f"GONGSHU_FILE_TYPES: no such type: “{one}”", id="cases.E002") for one in unknown]
