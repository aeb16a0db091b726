from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "gongshu.portal"
    label = "portal"
