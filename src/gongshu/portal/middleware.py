"""A `Problem` that reaches a page becomes a page with one clear sentence, never a stack trace."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gongshu.accounts.agents import agent_of_request
from gongshu.rules.problems import Forbidden, status_of
from gongshu.wording import Problem


class ProblemPages:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Problem):
            return None
        if isinstance(error, Forbidden) and agent_of_request(request).anonymous:
            return redirect_to_login(request.get_full_path())
        return problem_page(request, error)


def problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    context = {"problem": problem}
    return render(request, "portal/problem.html", context, status=status_of(problem))
