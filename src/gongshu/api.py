"""The HTTP API under /api/: one door for programs, one shape for every error.

Who asks is an `Agent` (bearer token, session or nobody); what a person did wrong is a
`Problem`, sent as an RFC 9457 document in the reader's language:

    HTTP/1.1 422
    Content-Type: application/problem+json

    {"title": "The request cannot be carried out", "status": 422, "code": "no_right",
     "detail": "…", "span": [7, 12], "suggestion": "…"}

A user's mistake is never a 5xx. What is our mistake is one constant sentence and an id that
the log of the server repeats, so that nothing of the inside gets out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import pydantic
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import get_language
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.docs import DocsBase
from ninja.renderers import JSONRenderer
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from gongshu import __version__
from gongshu.accounts.agents import agent_of_request
from gongshu.accounts.api import router as notices
from gongshu.cases.api import router as cases
from gongshu.cases.desk_api import router as desk
from gongshu.catalog import versions_api  # noqa: F401  (adds to the router of the catalogue)
from gongshu.catalog.api import router as catalog
from gongshu.catalog.elements_api import router as elements
from gongshu.catalog.exchange_api import router as exchange
from gongshu.catalog.grading_api import router as grading
from gongshu.catalog.joins_api import router as joins
from gongshu.catalog.pulls_api import router as pulls
from gongshu.catalog.quality_api import router as quality
from gongshu.catalog.readings_api import router as readings
from gongshu.catalog.risk_api import router as risk
from gongshu.catalog.rows_api import router as rows
from gongshu.catalog.search_api import router as search
from gongshu.catalog.uploads_api import router as uploads
from gongshu.gateway.api import router as gateway
from gongshu.grants.api import router as grants
from gongshu.grants.linkage_api import router as linkage
from gongshu.interop.api import router as harvest
from gongshu.jobs.api import router as jobs
from gongshu.oversight.api import router as oversight
from gongshu.oversight.duties_api import router as duties
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden, status_of
from gongshu.wording import Problem, Sentence

log = logging.getLogger("gongshu.api")

TITLES: Mapping[int, Sentence] = {
    400: Sentence(en="The request cannot be read", zh="无法读取该请求"),
    401: Sentence(en="Say who you are first", zh="请先登录或提供访问令牌"),
    403: Sentence(en="This is not allowed", zh="不允许此操作"),
    404: Sentence(en="There is nothing here", zh="此处没有内容"),
    405: Sentence(en="This address does not know that method", zh="该地址不支持此请求方法"),
    406: Sentence(en="None of the formats asked for can be given", zh="无法提供所要求的格式"),
    409: Sentence(en="Things have changed meanwhile", zh="情况已经发生变化"),
    410: Sentence(en="It was here, and was removed", zh="该内容已被移除"),
    411: Sentence(en="The length is missing", zh="缺少内容长度"),
    413: Sentence(en="The request is too large", zh="请求过大"),
    422: Sentence(en="The request cannot be carried out", zh="该请求无法执行"),
    429: Sentence(en="Too much at once", zh="已达到用量上限"),
    500: Sentence(en="Something went wrong on our side", zh="系统内部出错"),
}
OURS = Sentence(
    en="This is our mistake, not yours. Please give this number to whoever runs the platform.",
    zh="这是系统的错误，与您的操作无关。请将此编号告知平台管理人员。",
)
CSRF = Sentence(
    en="The form has expired or came from another site. Reload the page and try again.",
    zh="表单已过期或来自其他网站，请刷新页面后重试。",
)


class Caller(AuthBase):
    """`request.auth` is the `Agent`; nobody is an agent too, and each route says who may."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Agent:
        agent = agent_of_request(request)
        # A browser sends its session cookie unasked, so a form of another site could act for
        # its user; a bearer token is never sent unasked.
        if agent.scopes is None and agent.person and check_csrf(request):
            raise Forbidden("csrf", CSRF)
        return agent


class NoDocs(DocsBase):
    """No page that would load its scripts from somewhere else: openapi.json is enough."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        raise Http404


def problem_document(
    status: int,
    code: str,
    detail: Sentence,
    *,
    suggestion: Sentence | None = None,
    span: Sequence[int] | None = None,
    field: str | None = None,
    **more: Any,
) -> JsonResponse:
    """RFC 9457, in the language that LocaleMiddleware found for the reader."""
    language = get_language() or "en"
    title = TITLES.get(status, TITLES[422])
    body: dict[str, Any] = {
        "title": title.in_language(language),
        "status": status,
        "code": code,
        "detail": detail.in_language(language),
    }
    if suggestion is not None:
        body["suggestion"] = suggestion.in_language(language)
    if span is not None:
        body["span"] = list(span)
    if field is not None:
        body["field"] = field
    response = JsonResponse(
        {**body, **more},
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
    response["Content-Language"] = "zh" if language.startswith("zh") else "en"
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="gongshu"'
    return response


def of_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_document(
        status_of(problem),
        problem.code,
        problem.sentence,
        suggestion=problem.suggestion,
        span=problem.span,
        field=problem.field,
        **getattr(problem, "more", {}),
    )


def of_invalid(
    request: HttpRequest, error: ValidationError | pydantic.ValidationError
) -> HttpResponse:
    """What pydantic found, by the names the caller used ("body", "payload" are ours)."""
    found = error.errors if isinstance(error, ValidationError) else error.errors()
    places = [_place(one.get("loc", ())) for one in found]
    listed = "; ".join(dict.fromkeys(p for p in places if p)) or "body"
    sentence = Sentence(
        en=f"These inputs are missing or not of the expected kind: {listed}.",
        zh=f"以下输入缺失或类型不符：{listed}。",
    )
    errors = [{"field": p, "code": str(one["type"])} for p, one in zip(places, found, strict=True)]
    return problem_document(422, "invalid", sentence, field=places[0] or None, errors=errors)


def _place(loc: Sequence[Any]) -> str:
    """("body", <our parameter>, "terms", "k") is "terms.k" to the caller."""
    ours = {"body": 2, "query": 1, "path": 1}.get(str(loc[0]), 0) if loc else 0
    return ".".join(str(part) for part in loc[ours:])


def of_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own errors, chiefly a body that is not JSON."""
    status = error.status_code
    title = TITLES.get(status, TITLES[400])
    return problem_document(status, "unreadable" if status == 400 else "http", title)


def of_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_document(404, "not_found", TITLES[404])


def of_bad_body(request: HttpRequest, error: Exception) -> HttpResponse:
    """A body that breaks off, is no form though it says so, or is larger than one may be."""
    large = isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    status = 413 if large else 400
    return problem_document(status, PLAIN_CODES[status], TITLES[status])


def of_bug(request: HttpRequest, error: Exception) -> HttpResponse:
    number = uuid4().hex[:12]
    log.error("API error %s at %s", number, request.path, exc_info=error)
    return problem_document(500, "internal", OURS, id=number)


# Every room's routes; a room's api.py exports `router`. The desk's come before the steps'.
ROUTERS = (
    *(desk, linkage, cases),
    *(
        catalog,
        rows,
        readings,
        grading,
        quality,
        risk,
        joins,
        elements,
        search,
        uploads,
        pulls,
        exchange,
    ),
    *(gateway, grants),
    *(harvest, jobs, notices, oversight, duties),
)


class Readable(JSONRenderer):
    """Chinese as Chinese: people read these answers, too."""

    json_dumps_params = {"ensure_ascii": False}


def build() -> NinjaAPI:
    """The API with the routers of every room that has one."""
    made = NinjaAPI(
        title="Gongshu (公数)",
        version=__version__,
        description="The whole life of public data. Errors are RFC 9457 documents.",
        openapi_url="/openapi.json",
        docs=NoDocs(),
        docs_url=None,
        renderer=Readable(),
        auth=Caller(),
        urls_namespace="api",
    )
    handlers: tuple[tuple[type[Exception], Callable[..., HttpResponse]], ...] = (
        (Problem, of_problem),
        (ValidationError, of_invalid),
        (pydantic.ValidationError, of_invalid),
        (HttpError, of_http_error),
        (Http404, of_missing),
        (SuspiciousOperation, of_bad_body),
        (MultiPartParserError, of_bad_body),
        (UnreadablePostError, of_bad_body),
        (Exception, of_bug),
    )
    for kind, handler in handlers:
        made.add_exception_handler(kind, handler)
    for router in ROUTERS:
        made.add_router("", router)
    return made


# What Django answers by itself, before or beside our routes.
PLAIN_CODES = {400: "unreadable", 404: "not_found", 405: "method", 413: "too_large"}


def one_shape(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: an unknown address or method under /api/ is a problem document as well."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.path.startswith("/api/uploads"):  # a client of tus looks for it in any answer
            response["Tus-Resumable"] = response["Tus-Version"] = "1.0.0"
        plain = response.get("Content-Type", "").startswith("text/")
        code = PLAIN_CODES.get(response.status_code)
        if request.path.startswith("/api/") and code and plain:
            shaped = problem_document(response.status_code, code, TITLES[response.status_code])
            if "Allow" in response:
                shaped["Allow"] = response["Allow"]
            return shaped
        return response

    return middleware
