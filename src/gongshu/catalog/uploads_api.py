"""Uploads in pieces over HTTP: tus 1.0.0 (tus.io) with creation, expiration and termination.

    POST   /api/uploads            Upload-Length, Upload-Metadata: dataset …,filename …
    HEAD   /api/uploads/{id}       how much is here
    PATCH  /api/uploads/{id}       the next piece, at Upload-Offset
    DELETE /api/uploads/{id}
    GET    /api/uploads            one's own unfinished ones (ours, no part of tus)

A file that is whole is ingested by `POST /api/datasets/{code}/versions?upload={id}`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from ninja import Router, Schema

from gongshu.accounts.agents import Unauthenticated, agent_of_request
from gongshu.catalog import selectors, uploads
from gongshu.catalog.models import Upload
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, NotFound
from gongshu.wording import Problem, Sentence

router = Router(tags=["uploads"])
VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
PIECE = 256 * 1024
PIECE_TYPE = "application/offset+octet-stream"
PIECE_BODY = {
    "requestBody": {
        "required": True,
        "content": {PIECE_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class UploadOpen(Schema):
    id: str
    dataset: str
    name: str
    length: int
    offset: int
    fingerprint: str
    expires: datetime


class WrongVersion(Problem):
    status = 412


class WrongType(Problem):
    status = 415


@router.api_operation(["OPTIONS"], "/uploads", auth=None, summary="What of tus is spoken")
def tell_options(request: HttpRequest) -> HttpResponse:
    return _answer(
        204,
        {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.UPLOAD_LIMIT),
        },
    )


@router.get("/uploads", response=list[UploadOpen], summary="One's unfinished uploads")
def list_uploads(request: HttpRequest, dataset: str = "") -> list[dict[str, Any]]:
    """By `fingerprint` a program or a page finds the one to go on with."""
    agent = _agent(request)
    found = selectors.get(dataset, agent) if dataset else None
    return [upload_out(row) for row in uploads.unfinished(agent, found)]


@router.post("/uploads", summary="Begin an upload (tus creation)")
def begin(request: HttpRequest) -> HttpResponse:
    """`Upload-Metadata` names `dataset`, `filename` and, if one likes, a `fingerprint`."""
    agent = _agent(request)
    _require_version(request)
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    upload = uploads.create(
        code=said.get("dataset", ""),
        length=_number(request, "Upload-Length"),
        source_name=said.get("filename", ""),
        fingerprint=said.get("fingerprint", ""),
        by=agent,
    )
    return _answer(201, {"Location": f"/api/uploads/{upload.id}"} | _expires(upload))


@router.api_operation(["HEAD"], "/uploads/{upload_id}", summary="How much of it is here")
def look(request: HttpRequest, upload_id: str) -> HttpResponse:
    agent = _agent(request)
    _require_version(request)
    upload = uploads.find(upload_id, agent)
    return _answer(200, {"Cache-Control": "no-store", "Upload-Length": str(upload.length)}, upload)


@router.patch("/uploads/{upload_id}", summary="The next piece", openapi_extra=PIECE_BODY)
def go_on(request: HttpRequest, upload_id: str) -> HttpResponse:
    """`Upload-Offset` is where the last piece ended; the answer says where this one did."""
    agent = _agent(request)
    _require_version(request)
    upload = uploads.find(upload_id, agent)
    if request.content_type != PIECE_TYPE:
        raise WrongType(
            "upload_type",
            Sentence(
                en=f"A piece is sent with Content-Type: {PIECE_TYPE}.",
                zh=f"分块上传须使用 Content-Type: {PIECE_TYPE}。",
            ),
        )
    uploads.append(upload, offset=_number(request, "Upload-Offset"), pieces=_pieces(request))
    return _answer(204, {}, upload)


@router.post("/uploads/{upload_id}", include_in_schema=False)
def overridden(request: HttpRequest, upload_id: str) -> HttpResponse:
    """For networks that let only GET and POST through; so tus wants it."""
    acts = {"PATCH": go_on, "DELETE": drop, "HEAD": look}
    act = acts.get(request.headers.get("X-HTTP-Method-Override", "").upper())
    if act is None:
        raise NotFound("not_found", Sentence(en="There is nothing here.", zh="此处没有内容。"))
    answer: HttpResponse = act(request, upload_id)
    return answer


@router.delete("/uploads/{upload_id}", summary="Discard an upload (tus termination)")
def drop(request: HttpRequest, upload_id: str) -> HttpResponse:
    agent = _agent(request)
    _require_version(request)
    uploads.discard(uploads.find(upload_id, agent))
    return _answer(204, {})


def upload_out(row: Upload) -> dict[str, Any]:
    return {
        "id": row.id,
        "dataset": row.dataset.code,
        "name": row.source_name,
        "length": row.length,
        "offset": row.received,
        "fingerprint": row.fingerprint,
        "expires": row.expires,
    }


def _agent(request: HttpRequest) -> Agent:
    agent = agent_of_request(request)
    if agent.anonymous:
        raise Unauthenticated(
            "unauthenticated",
            Sentence(en="Log in or send a token first.", zh="请先登录或提供访问令牌。"),
        )
    return agent


def _answer(status: int, headers: dict[str, str], upload: Upload | None = None) -> HttpResponse:
    if upload is not None:
        headers = headers | {"Upload-Offset": str(upload.received)} | _expires(upload)
    return HttpResponse(status=status, headers=headers)


def _expires(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": http_date(upload.expires.timestamp())}


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    return iter(lambda: request.read(PIECE), b"")


def _require_version(request: HttpRequest) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise WrongVersion(
            "tus_version",
            Sentence(
                en=f"Uploads in pieces are sent with Tus-Resumable: {VERSION}.",
                zh=f"分块上传须带有 Tus-Resumable: {VERSION}。",
            ),
        )


def _number(request: HttpRequest, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise BadInput(
            "upload_header",
            Sentence(
                en=f"The header {name} is a number of bytes.", zh=f"请求头 {name} 应为字节数。"
            ),
            field=name,
        )
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    """`key base64,key base64`, as tus writes it."""
    found = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise BadInput(
                "upload_header",
                Sentence(
                    en="Upload-Metadata is pairs of a name and a value in base64.",
                    zh="Upload-Metadata 应为名称与 base64 值的成对列表。",
                ),
                field="Upload-Metadata",
            ) from None
    return found
