"""The addresses of the transparency log (c2sp.org/tlog-tiles); its prefix is the site itself."""

from __future__ import annotations

from django.urls import path

from gongshu.ledger import views

urlpatterns = [
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("tile/<path:path>", views.tile, name="tile"),
]
