"""The pages' addresses."""

from __future__ import annotations

from django.urls import path

from gongshu.portal.views import (
    cases,
    catalog,
    deadlines,
    demands,
    follow,
    grants,
    manage,
    oversight,
    proof,
    query,
    registrations,
    session,
)

urlpatterns = [
    path("", catalog.home),
    path("login", session.log_in),
    path("logout", session.log_out),
    path("language", session.choose_language),
    path("search", catalog.search),
    path("mine", manage.mine),
    path("dataset/new", manage.new),
    path("dataset/<str:code>", catalog.dataset),
    path("dataset/<str:code>/edit", manage.edit),
    path("job/<str:job_id>", manage.job),
    path("dataset/<str:code>/download.<str:extension>", catalog.download),
    path("inbox", cases.inbox),
    path("escalations", deadlines.escalations),
    path("calendar/<str:token>.ics", deadlines.calendar),
    path("case/new/<str:kind>", cases.new),
    path("case/<str:case_id>", cases.case),
    path("case/<str:case_id>/<str:name>", cases.step),
    path("grants", grants.listing),
    path("grant/<str:grant_id>", grants.grant),
    path("query", query.workbench),
    path("ledger", proof.ledger),
    path("entry/<str:entry_id>", proof.entry),
    path("receipt/<str:entry_id>.json", proof.receipt_file),
    path("receipt/<str:entry_id>", proof.receipt),
    path("verify", proof.verify),
    path("follow", follow.ask),
    path("follow/<str:case_id>", follow.case),
    path("follow/<str:case_id>/<str:name>", follow.step),
    path("demands", demands.listing),
    path("demand/<str:case_id>", demands.demand),
    path("registrations", registrations.listing),
    path("registrations/<str:case_id>", registrations.publicity),
    path("registration/<str:code>", registrations.registration),
    path("registration/<str:code>/certificate.<str:extension>", registrations.certificate),
    path("disclosure", oversight.disclosure),
    path("disclosure/<str:case_id>.json", oversight.published_file),
]
