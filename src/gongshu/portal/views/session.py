"""Log in, log out, choose the language."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from gongshu.accounts import services
from gongshu.wording import Problem


def _next(request: HttpRequest, otherwise: str) -> str:
    """Where to go on, if it is ours: never an open redirect."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if safe else otherwise


def log_in(request: HttpRequest) -> HttpResponse:
    problem = None
    if request.method == "POST":
        try:
            person = services.authenticate(
                username=request.POST.get("username", ""),
                password=request.POST.get("password", ""),
                address=request.META.get("REMOTE_ADDR", ""),
            )
        except Problem as refused:
            problem = refused
        else:
            login(request, person)
            return redirect(_next(request, "/inbox"))
    context = {"problem": problem, "next": _next(request, "")}
    return render(request, "portal/login.html", context, status=401 if problem else 200)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("/")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    response = redirect(_next(request, "/"))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, 365 * 86400, samesite="Lax")
    return response
