from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "gongshu.cases"
    label = "cases"
