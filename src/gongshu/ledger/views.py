"""The log as its specification has others fetch it: checkpoint, tiles, entry bundles.

Public, without session or language: what stands in an entry is public or a commitment.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from gongshu.ledger import selectors
from gongshu.rules.problems import NotFound

FOREVER = "public, max-age=31536000, immutable"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Mutable: cached for a second or two only (tlog-tiles, “Checkpoints”)."""
    text = selectors.checkpoint()
    if not text:
        return _plain("no checkpoint yet\n", 404)
    response = HttpResponse(text.encode(), content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "public, max-age=2"
    return response


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    try:
        data = selectors.tile(f"tile/{path}")
    except NotFound:  # it may come to be: not to be cached
        return _plain("no such tile\n", 404)
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Cache-Control"] = FOREVER
    return response


def _plain(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
