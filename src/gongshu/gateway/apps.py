from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "gongshu.gateway"
    label = "gateway"

    def ready(self) -> None:
        from gongshu.gateway import effects  # noqa: F401  (binds what the procedures name)
