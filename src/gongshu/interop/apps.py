from django.apps import AppConfig


class InteropConfig(AppConfig):
    name = "gongshu.interop"
    label = "interop"
