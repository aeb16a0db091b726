"""All settings, for the embedded default and for a grown-up deployment alike.

An instance is one folder, `GONGSHU_HOME`: its secret key, log key, database, data. Only
environment variables change it; no code differs. `docs/reference/settings.md` lists them.
Code reads `settings.HOME` when it needs it, never at import, so that tests can move it.
"""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from gongshu.translations import compile_translations

HOME = Path(os.environ.get("GONGSHU_HOME", "instance")).resolve()
DEBUG = os.environ.get("GONGSHU_DEBUG") == "1"


def _secret_key() -> str:
    """The instance's own key, made by `gongshu init`; without an instance nothing is signed."""
    path = HOME / "secret_key"
    return path.read_text().strip() if path.exists() else os.urandom(32).hex()


def _database() -> dict[str, object]:
    """SQLite in the instance's folder, or what GONGSHU_DATABASE names (postgresql://…)."""
    url = os.environ.get("GONGSHU_DATABASE", "")
    if not url:
        return {
            "ENGINE": "gongshu.sqlite",
            "NAME": HOME / "gongshu.db",
            "OPTIONS": {
                "timeout": 30,
                # Writers queue at BEGIN rather than fail in the middle (limits.md, "SQLite").
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
            # A file, so that a test's threads and processes meet in it as they do in life.
            "TEST": {"NAME": HOME / "test.db"},
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def _size(name: str, default: str) -> int:
    """Bytes, from what reads like 500MB."""
    text = os.environ.get(name, default)
    match = re.fullmatch(r"(\d+) ?(KB|MB|GB|TB)", text)
    if match is None:
        raise ImproperlyConfigured(f"{name} reads like 500MB or 4GB, not {text!r}.")
    return int(match[1]) * {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}[match[2]]


def _mail() -> dict[str, Any]:
    """The mail server that GONGSHU_MAIL_URL names; nothing of it is repeated in an error."""
    url = os.environ.get("GONGSHU_MAIL_URL", "")
    if not url:
        return {"host": ""}
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        parts, port = urlsplit(""), None
    login = [unquote(part or "") for part in (parts.username, parts.password)]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not "".join(login).isascii():
        raise ImproperlyConfigured(
            "GONGSHU_MAIL_URL reads like smtp://user:password@host:587, in ASCII, "
            "with signs such as @ and / in a password as %40 and %2F."
        )
    wrapped = parts.scheme == "smtps"
    # A password goes over TLS unless ?tls=0 says that it need not.
    tls = parse_qs(parts.query).get("tls", ["1" if login[1] else "0"])[0] == "1"
    return {
        "host": parts.hostname,
        "port": port or (465 if wrapped else 587 if login[1] else 25),
        "username": login[0],
        "password": login[1],
        "use_ssl": wrapped,
        "use_tls": tls and not wrapped,
    }


def _networks(listed: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks such as 10.20.0.0/16, with commas between them."""
    try:
        return [ipaddress.ip_network(text.strip()) for text in listed.split(",") if text.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"GONGSHU_WEBHOOK_NETWORKS reads like 10.20.0.0/16,fd12::/16: {error}."
        ) from error


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("GONGSHU_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "gongshu.ledger",
    "gongshu.jobs",
    "gongshu.accounts",
    "gongshu.cases",
    "gongshu.catalog",
    "gongshu.grants",
    "gongshu.gateway",
    "gongshu.oversight",
    "gongshu.interop",
    "gongshu.portal",
]
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["gongshu.accounts.backends.ThrottledPasswords"]
# scrypt: memory-hard, and in the standard library.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gongshu.accounts.middleware.ReaderLanguage",
    "gongshu.accounts.middleware.ContentPolicy",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gongshu.portal.middleware.ProblemPages",
    "gongshu.api.one_shape",
]
ROOT_URLCONF = "gongshu.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gongshu.portal.context.frame",
            ]
        },
    }
]
STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [HOME / "locale"]
if HOME.is_dir():
    compile_translations(Path(__file__).parent / "locale", LOCALE_PATHS[0])
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # the law's days are Chinese days

LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/inbox"
LOGOUT_REDIRECT_URL = "/"

# The log's name, fixed in its key when `gongshu init` makes it (ledger/keys.py).
LOG_ORIGIN = os.environ.get("GONGSHU_LOG_ORIGIN", "gongshu.local/log")

# The public address, where there is one: https makes cookies travel by https alone.
PUBLIC_URL = os.environ.get("GONGSHU_URL", "").rstrip("/")
BEHIND_PROXY = os.environ.get("GONGSHU_BEHIND_PROXY") == "1"
_HTTPS = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # a working day
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# By which server mails leave; without one there are none. And who they are from.
MAIL_SERVER = _mail()
MAIL_FROM = os.environ.get("GONGSHU_MAIL_FROM", "")
# Into which networks webhooks may go besides the public Internet (jobs/network.py).
WEBHOOK_NETWORKS = _networks(os.environ.get("GONGSHU_WEBHOOK_NETWORKS", ""))

# Makes the query codes of registrations (`package.module:function`); the national coding rule is
# not published, so by default a code says nothing.
REGISTRATION_CODES = os.environ.get("GONGSHU_REGISTRATION_CODES", "")

# Which place's lengths and duties hold, of those that come with the platform (rules/profiles.py);
# a profile.toml in the instance's folder goes before it.
PROFILE = os.environ.get("GONGSHU_PROFILE", "national")

# A TOML file with the weights of the evaluation; without it, those that come with the platform.
EVALUATION = os.environ.get("GONGSHU_EVALUATION", "")

# A TOML file with the thresholds of monitoring; without it, those that come with the platform.
MONITORING = os.environ.get("GONGSHU_MONITORING", "")

# Where versions lie: in the instance's folder, or in a bucket of an object store (s3://…), of which
# local copies are kept, up to so many bytes. Its credentials are read from AWS_… as usual.
STORE = os.environ.get("GONGSHU_STORE", "")
STORE_ENDPOINT = os.environ.get("GONGSHU_S3_ENDPOINT", "")
STORE_REGION = os.environ.get("GONGSHU_S3_REGION", "")
CACHE_BYTES = _size("GONGSHU_CACHE_BYTES", "20GB")

# What one upload may hold at most. A large one waits where the worker sweeps.
UPLOAD_LIMIT = _size("GONGSHU_UPLOAD_LIMIT", "4GB")
# What one file attached to a case may hold, and of which types it may be (cases/file_types.py).
FILE_LIMIT = _size("GONGSHU_FILE_LIMIT", "50MB")
FILE_TYPES = tuple(
    os.environ.get("GONGSHU_FILE_TYPES", "pdf,ofd,docx,xlsx,pptx,csv,txt,png,jpg,jpeg,zip").split(
        ","
    )
)
FILE_UPLOAD_TEMP_DIR = HOME / "uploads" if (HOME / "uploads").is_dir() else None

# Logs say what happened, never with which data: neither SQL nor parameters, nor bodies.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "gongshu": {"level": os.environ.get("GONGSHU_LOG_LEVEL", "INFO")},
        # Its debug level would write every statement with its values.
        "django.db.backends": {"level": "WARNING", "propagate": True},
    },
}
