from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "gongshu.oversight"
    label = "oversight"
