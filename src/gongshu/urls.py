"""Every address of the platform."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from gongshu.api import build

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", build().urls),
    path("", include("gongshu.ledger.urls")),
    path("", include("gongshu.portal.urls")),
]
