from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "gongshu.catalog"
    label = "catalog"

    def ready(self) -> None:
        # Importing it binds what the procedures name; models must be there before.
        from gongshu.catalog import effects  # noqa: F401
