from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "gongshu.oversight"
    label = "oversight"

    def ready(self) -> None:
        # Binds the effects that procedures name.
        from gongshu.oversight import effects  # noqa: F401  # here: models must be ready first
