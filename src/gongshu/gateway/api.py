"""POST /api/query and GET /api/receipts/{id}."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from ninja import Router, Schema
from pydantic import Field, StrictInt

from gongshu.accounts.agents import Unauthenticated, agent_of_request
from gongshu.data.formats import FORMATS, JSON, Format, answer_json, wanted
from gongshu.data.policy.refusals import Refused
from gongshu.gateway import selectors, services
from gongshu.gateway.decisions import told
from gongshu.ledger import services as ledger
from gongshu.log.receipt import receipt_bytes
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence

router = Router(tags=["gateway"])
# A receipt waits for its entry's place in the log, which the worker gives every second.
RETRY_SECONDS = 1


class Question(Schema, extra="forbid"):
    grant: str
    purpose: str
    sql: str
    params: list[str | bool | StrictInt | float | None] = []
    versions: dict[str, Annotated[int, Field(ge=1)]] | None = None


def asker(request: HttpRequest) -> Agent:
    agent = agent_of_request(request)
    if agent.anonymous:
        raise Unauthenticated(
            "unauthenticated",
            Sentence(en="Log in or send a token first.", zh="请先登录或提供访问令牌。"),
        )
    return agent


@router.post(
    "/query",
    summary="Ask under a grant",
    openapi_extra={
        "responses": {
            200: {
                "description": "The protected answer; `Gongshu-Receipt` names its receipt",
                "content": {one.media_type: {} for one in FORMATS.values()},
            }
        }
    },
)
def query(request: HttpRequest, question: Question) -> StreamingHttpResponse:
    agent, form = asker(request), wanted(request.headers.get("Accept", ""))
    try:
        answer = services.answer(
            grant_id=question.grant,
            purpose=question.purpose,
            sql=question.sql,
            params=question.params,
            versions=question.versions,
            by=agent,
        )
    except Refused as refused:
        refused.more = as_document(refused)  # type: ignore[attr-defined]  # of the problem document
        raise
    return respond(answer, form)


@router.post("/query/check", summary="Whether a question would be answered, and why")
def check(request: HttpRequest, question: Question) -> dict[str, Any]:
    """Nothing is run: the decision, its trace, and what a grant would need to allow it."""
    return told(
        services.check(
            grant_id=question.grant,
            purpose=question.purpose,
            sql=question.sql,
            params=question.params,
            versions=question.versions,
            by=asker(request),
        )
    )


def as_document(refused: Refused) -> dict[str, Any]:
    """What a refusal's problem document has besides the common members."""
    more = {"receipt": getattr(refused, "entry_id", None), "missing": refused.missing}
    return {name: value for name, value in more.items() if value}


def respond(answer: services.GatewayAnswer, form: Format) -> StreamingHttpResponse:
    """Sent a batch at a time; the entry is committed before the first byte."""
    response = StreamingHttpResponse(written(answer, form), content_type=form.media_type)
    response["Gongshu-Receipt"] = answer.entry_id
    response["Gongshu-Withheld"] = "true" if answer.withheld else "false"
    response["Gongshu-Truncated"] = "true" if answer.truncated else "false"
    response["Cache-Control"] = "no-store"
    return response


def written(answer: services.GatewayAnswer, form: Format) -> Iterator[bytes]:
    """The answer in its form; JSON has room for the facts about it, too."""
    return answer_json(answer.table, facts(answer)) if form is JSON else form.write(answer.table)


def facts(answer: services.GatewayAnswer) -> dict[str, Any]:
    return {
        "withheld": answer.withheld,
        "truncated": answer.truncated,
        "versions": dict(answer.versions),
        "receipt": answer.entry_id,
    }


@router.get("/receipts/{entry_id}", summary="The receipt of one of your questions")
def receipt(request: HttpRequest, entry_id: str) -> HttpResponse:
    """200 with the receipt; 202 while its entry waits for its place in the log."""
    record = selectors.of_entry(entry_id, asker(request))
    found = ledger.receipt(record.entry_id)
    if found is None:
        waiting = JsonResponse({"status": "pending", "receipt": record.entry_id}, status=202)
        waiting["Retry-After"] = str(RETRY_SECONDS)
        return waiting
    # Exactly these bytes: one space more or less makes it another file.
    return HttpResponse(receipt_bytes(found), content_type="application/json")
