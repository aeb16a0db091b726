from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "gongshu.cases"
    label = "cases"

    def ready(self) -> None:
        from gongshu.cases import effects  # noqa: F401  (binds what procedures ask of cases)
