from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "gongshu.gateway"
    label = "gateway"

    def ready(self) -> None:
        # Read, they bind what the procedures name, and say which versions are needed.
        from gongshu.gateway import effects, pins  # noqa: F401
