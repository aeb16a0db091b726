from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class PortalConfig(AppConfig):
    name = "gongshu.portal"
    label = "portal"

    def ready(self) -> None:
        from gongshu.portal.translations import compile_translations  # after settings are read

        if settings.HOME.is_dir():
            source = Path(__file__).parent.parent / "locale"
            compile_translations(source, settings.HOME / "locale")
