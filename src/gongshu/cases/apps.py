from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "gongshu.cases"
    label = "cases"

    def ready(self) -> None:
        # They bind what procedures ask of cases.
        from gongshu.cases import (  # noqa: F401
            effects,
            price_effects,
            product_effects,
            registration_effects,
        )
