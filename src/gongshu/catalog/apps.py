from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "gongshu.catalog"
    label = "catalog"
