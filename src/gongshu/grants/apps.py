from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "gongshu.grants"
    label = "grants"
