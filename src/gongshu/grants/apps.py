from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "gongshu.grants"
    label = "grants"

    def ready(self) -> None:
        # Binds the effects and facts that the procedures name.
        from gongshu.grants import (  # noqa: F401  # here: models must be ready first
            containment,
            copies,
            effects,
            licences,
            registering,
        )
