from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "gongshu.jobs"
    label = "jobs"
