from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "gongshu.accounts"
    label = "accounts"
