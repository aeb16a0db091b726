from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "gongshu.gateway"
    label = "gateway"
