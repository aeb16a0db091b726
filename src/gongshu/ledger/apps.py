from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "gongshu.ledger"
    label = "ledger"
