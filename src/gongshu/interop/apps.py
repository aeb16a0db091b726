from django.apps import AppConfig


class InteropConfig(AppConfig):
    name = "gongshu.interop"
    label = "interop"

    def ready(self) -> None:
        # Importing it binds what the procedures name; models must be there before.
        from gongshu.interop.harvest import effects  # noqa: F401
