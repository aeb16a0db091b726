"""Files of cases: checked, kept under their digest, bound with the act; read by who sees it."""

from __future__ import annotations

import hashlib
import io
import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from tests.cases.steps import asked, request_form
from tests.cases.test_complaint import COMPLAINT
from tests.cases.test_registration import OBJECTION, in_publicity
from tests.world import World

from gongshu.cases import files, services, visitors
from gongshu.cases.models import CaseFile, Upload
from gongshu.jobs.models import Outbox
from gongshu.ledger.models import Entry
from gongshu.ledger.selectors import openings
from gongshu.rules.agents import ANONYMOUS
from gongshu.rules.problems import BadInput, Forbidden, NotFound
from gongshu.wording import Problem

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def archive(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return held.getvalue()


pytestmark = pytest.mark.django_db
GOOD: dict[str, bytes] = {
    "a.pdf": PDF,
    "A.PDF": PDF,
    "a.png": PNG,
    "a.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 20,
    "a.zip": archive("readme"),
    "a.docx": archive("[Content_Types].xml", "word/document.xml"),
    "a.xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "a.ofd": archive("OFD.xml", "Doc_0/Document.xml"),
    "a.csv": "名称,数量\n诊所,3\n".encode("gb18030"),
    "b.csv": "名称,数量\n诊所,3\n".encode(),
    "c.csv": "名称,数量\n".encode("utf-16"),
}
BAD: dict[str, tuple[bytes, str]] = {
    "a.exe": (b"MZ", "file_type"),
    "noending": (PDF, "file_type"),
    "a.docm": (archive("word/document.xml"), "file_type"),
    "empty.pdf": (b"", "empty_file"),
    "not.pdf": (b"MZ\x90\0", "file_not_its_type"),
    "not.png": (PDF, "file_not_its_type"),
    "not.csv": (b"a,b\n\0\x01", "file_not_its_type"),
    "plain.docx": (archive("readme"), "file_not_its_type"),
    "sheet.docx": (archive("[Content_Types].xml", "xl/workbook.xml"), "file_not_its_type"),
    "half.zip": (archive("readme")[:-10], "file_not_its_type"),
    "lies.zip": (
        archive("readme")[:-12] + b"\xff\xff\xff\xff" + archive("readme")[-8:],
        "file_not_its_type",
    ),
}


def left() -> set[str]:
    return {path.name for path in files.store().folder.iterdir()}


@pytest.mark.parametrize("name", GOOD)
def test_a_file_that_is_what_its_name_says_is_kept_under_its_digest(
    world: World, name: str
) -> None:
    row = files.receive(name=name, pieces=[GOOD[name]], by=world.agency)
    assert row.digest == hashlib.sha256(GOOD[name]).hexdigest()
    assert files.store().path(row.digest).read_bytes() == GOOD[name]
    assert not Entry.objects.filter(event="case.file_attached").exists()


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_not_is_refused_in_words_and_leaves_nothing(world: World, name: str) -> None:
    content, code = BAD[name]
    with pytest.raises(BadInput) as refused:
        files.receive(name=name, pieces=[content], by=world.agency)
    assert refused.value.code == code
    assert left() == set()
    assert not Upload.objects.exists()


def test_a_file_that_is_too_large_or_breaks_off_leaves_nothing(world: World, settings: Any) -> None:
    settings.FILE_LIMIT = 100
    with pytest.raises(BadInput, match="100 B"):
        files.receive(name="a.pdf", pieces=[PDF, b"x" * 100], by=world.agency)

    def cut() -> Iterator[bytes]:
        yield PDF
        raise OSError("the request ended before its announced length")

    with pytest.raises(OSError, match="ended before"):
        files.receive(name="a.pdf", pieces=cut(), by=world.agency)
    assert left() == set()
    assert not Upload.objects.exists()


def test_an_attached_file_stands_in_the_ledger_with_digest_and_size_and_not_with_its_name(
    world: World,
) -> None:
    case = asked(world)
    row = files.attach(case_id=case.id, name="C:\\temp\\意见书.pdf", pieces=[PDF], by=world.agency)
    entry = Entry.objects.get(pk=row.entry_id)
    assert (entry.event, entry.facts["digest"], entry.facts["bytes"]) == (
        "case.file_attached",
        row.digest,
        len(PDF),
    )
    assert "意见书" not in entry.body
    assert openings(entry, world.agency)["name"]["value"] == "意见书.pdf"
    assert "name" not in openings(entry, world.second_agency)
    told = Outbox.objects.filter(text_en__contains="was attached").values_list("to", flat=True)
    assert set(told) == {world.second_agency.organisation}


def test_the_same_content_is_attached_once_and_kept_once(world: World) -> None:
    case, other = asked(world), asked(world)
    first = files.attach(case_id=case.id, name="a.pdf", pieces=[PDF], by=world.agency)
    again = files.attach(case_id=case.id, name="b.pdf", pieces=[PDF], by=world.agency)
    files.attach(case_id=other.id, name="a.pdf", pieces=[PDF], by=world.agency)
    assert first == again
    assert CaseFile.objects.count() == 2
    assert left() == {first.digest}


def test_who_does_not_see_the_case_neither_reads_nor_attaches(world: World) -> None:
    case = asked(world)
    row = files.attach(case_id=case.id, name="a.pdf", pieces=[PDF], by=world.agency)
    for stranger in (world.enterprise, world.operator):
        with pytest.raises(NotFound):
            files.get(case.id, row.digest, stranger)
        with pytest.raises(NotFound):
            files.attach(case_id=case.id, name="a.pdf", pieces=[PNG], by=stranger)
    for reader in (world.second_agency, world.bureau, world.auditor):
        assert files.get(case.id, row.digest, reader)[1].read_bytes() == PDF
    with pytest.raises(NotFound):
        files.get(asked(world).id, row.digest, world.agency)


def test_a_form_that_names_a_file_binds_it_in_its_own_transaction(world: World) -> None:
    sent = files.receive(name="法规.pdf", pieces=[PDF], by=world.second_agency)
    case = services.open_case(
        kind="sharing_request",
        payload=request_form(basis_files=[sent.digest.upper()]),
        by=world.second_agency,
    )
    row = case.files.get()
    assert (row.step, row.digest, row.name) == ("open", sent.digest, "法规.pdf")
    assert Entry.objects.get(pk=row.entry_id).facts["step"] == "open"
    with transaction.atomic():
        services.open_case(
            kind="sharing_request",
            payload=request_form(basis_files=[sent.digest]),
            by=world.second_agency,
        )
        transaction.set_rollback(True)
    assert CaseFile.objects.count() == 1
    assert Entry.objects.filter(event="case.file_attached").count() == 1


def test_a_form_names_no_file_that_somebody_else_sent(world: World) -> None:
    sent = files.receive(name="a.pdf", pieces=[PDF], by=world.agency)
    for digest in (sent.digest, "0" * 64):
        with pytest.raises(BadInput) as refused:
            services.open_case(
                kind="sharing_request",
                payload=request_form(basis_files=[digest]),
                by=world.second_agency,
            )
        assert (refused.value.code, refused.value.field) == ("unknown_file", "basis_files")


def test_a_form_sent_again_may_name_what_the_case_holds_already(world: World) -> None:
    sent = files.receive(name="a.pdf", pieces=[PDF], by=world.second_agency)
    case = asked(world, basis_files=[sent.digest])
    world.step(case.id, "ask_supplement", world.agency, {"missing": "the scope"})
    Upload.objects.all().delete()
    form = request_form(basis_files=[sent.digest], scope="all of it, by district")
    world.step(case.id, "resubmit", world.second_agency, form)
    assert case.files.count() == 1


def test_what_belongs_to_a_confidential_form_is_read_with_the_form(world: World) -> None:
    case = in_publicity(world)
    sent = files.receive(name="proof.pdf", pieces=[PDF], by=world.enterprise)
    form = {**OBJECTION, "evidence_files": [sent.digest]}
    services.do(case_id=case.id, step="object", by=world.enterprise, form=form)
    assert [row.name for row in files.visible(case, world.registry)] == ["proof.pdf"]
    assert files.visible(case, world.agency) == []
    with pytest.raises(NotFound):
        files.get(case.id, sent.digest, world.agency)


def test_files_that_no_row_names_are_swept(world: World) -> None:
    case = asked(world)
    kept = files.attach(case_id=case.id, name="a.pdf", pieces=[PDF], by=world.agency)
    fresh = files.receive(name="b.pdf", pieces=[PDF + b"2"], by=world.agency)
    old = files.receive(name="c.pdf", pieces=[PDF + b"3"], by=world.agency)
    yesterday = timezone.now() - timedelta(days=2)
    Upload.objects.filter(pk=old.pk).update(at=yesterday)
    orphan, _ = files.store().write([b"of a process that died"])
    half = files.store().folder / "0123.tmp"
    half.write_bytes(b"half")
    for path in files.store().folder.iterdir():
        os.utime(path, (time.time() - 7200,) * 2)
    assert files.sweep() == sorted([old.digest, orphan, half.name])
    assert left() == {kept.digest, fresh.digest}


def test_a_visitor_attaches_a_few_and_who_has_no_account_at_all_none(world: World) -> None:
    case = services.open_case(kind="public_complaint", payload=COMPLAINT, by=ANONYMOUS)
    with pytest.raises(Forbidden):
        files.receive(name="a.pdf", pieces=[PDF], by=ANONYMOUS)
    visitor = visitors.follower(case.id, visitors.code_of(case.id))
    for number in range(files.MOST_OF_A_VISITOR):
        files.attach(case_id=case.id, name="a.pdf", pieces=[PDF, str(number).encode()], by=visitor)
    with pytest.raises(Forbidden) as refused:
        files.attach(case_id=case.id, name="a.pdf", pieces=[PDF], by=visitor)
    assert refused.value.code == "limit"


def test_a_token_that_does_not_cover_cases_sends_no_file(world: World) -> None:
    reader = replace(world.agency, scopes=frozenset({"read"}))
    with pytest.raises(Problem) as refused:
        files.receive(name="a.pdf", pieces=[PDF], by=reader)
    assert refused.value.code == "not_a_sender"


def test_a_file_lost_from_the_disk_is_not_bound(world: World) -> None:
    sent = files.receive(name="a.pdf", pieces=[PDF], by=world.second_agency)
    Path(files.store().path(sent.digest)).unlink()
    with pytest.raises(BadInput, match="not here any more"):
        services.open_case(
            kind="sharing_request",
            payload=request_form(basis_files=[sent.digest]),
            by=world.second_agency,
        )
    assert not CaseFile.objects.exists()
