"""Every address of the platform."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from gongshu.api import build

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", build().urls),
]
