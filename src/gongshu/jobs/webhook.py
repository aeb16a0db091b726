"""One notice as one signed request, in the form of Standard Webhooks (standardwebhooks.com).

`webhook-signature` is "v1," and, in base64, the HMAC-SHA256 over the id, the timestamp and the
body with dots between. The id stays the same over all attempts: a receiver drops doubles by it.
Redirects are not followed, and nothing that comes back is read but the status.
"""

from __future__ import annotations

import base64
import hmac
import socket
import ssl
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from django.utils.crypto import salted_hmac

from gongshu import __version__
from gongshu.jobs import network
from gongshu.jobs.deliveries import Unsent
from gongshu.jobs.models import Delivery
from gongshu.jobs.network import CLOSED
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

TIMEOUT = 5.0  # seconds, from the connection to the answer
LONGEST = 300


def secret_of(organisation: str, number: int) -> str:
    """The organisation's secret of that number: worked out from the instance's key, never kept."""
    value = f"{organisation}:{number}"
    digest = salted_hmac("gongshu.jobs.webhook", value, algorithm="sha256").digest()
    return "whsec_" + base64.b64encode(digest).decode()


def signature(secret: str, *, number: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{number}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def checked(address: str) -> str:
    """The address as it is kept, or the sentence that says what is wrong with it."""
    address = address.strip()
    if len(address) > LONGEST or not address.isascii() or not address.isprintable():
        raise _bad_address(
            f"An address has at most {LONGEST} characters, of ASCII and without blanks.",
            f"地址最多 {LONGEST} 个字符，只能用 ASCII 字符，不能有空格。",
        )
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), ""
    if not host or " " in address or parts.scheme not in ("https", "http"):
        raise _bad_address(
            "This is no address such as https://example.gov.cn/notices.",
            "地址格式不正确，应形如 https://example.gov.cn/notices。",
        )
    if parts.username is not None or parts.fragment:
        raise _bad_address(
            "An address has no user name, password or “#…” in it.",
            "地址中不能含有用户名、密码或“#…”部分。",
        )
    place = network.literal(host)
    here = host == "localhost" or (place is not None and network.meant(place).is_loopback)
    if parts.scheme == "http" and not here:
        raise _bad_address("A webhook goes by https.", "网络回调必须使用 https。")
    if host == "localhost":
        place = network.literal("127.0.0.1")
    if place is not None and not network.permitted(place):
        raise BadInput("webhook_address", CLOSED, field="address")
    return address


def _bad_address(en: str, zh: str) -> BadInput:
    return BadInput("webhook_address", Sentence(en=en, zh=zh), field="address")


def send(row: Delivery) -> None:
    """Returns when the receiver has said 2xx; raises `Unsent` otherwise."""
    status = _post(row, urlsplit(row.to))
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise Unsent(
            Sentence(
                en=f"It answered {status}, which leads elsewhere; that is not followed.",
                zh=f"对方返回 {status}（重定向），平台不予跟随。",
            )
        )
    raise Unsent(Sentence(en=f"It answered {status}.", zh=f"对方返回 {status}。"))


def _headers(row: Delivery) -> dict[str, str]:
    timestamp = str(int(time.time()))
    secret = secret_of(row.organisation, row.secret)
    body = row.body.encode()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"Gongshu/{__version__}",
        "Connection": "close",
        "Webhook-Id": row.id,
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": signature(secret, number=row.id, timestamp=timestamp, body=body),
    }


def _post(row: Delivery, parts: SplitResult) -> int:
    host, plain = parts.hostname or "", parts.scheme == "http"
    port = parts.port or (80 if plain else 443)
    reached = network.connect(host, port, plain=plain, timeout=TIMEOUT)
    # A socket's own timeout begins anew with each byte: one that drips would hold us for long.
    watch = threading.Timer(TIMEOUT, lambda: _cut(reached))
    watch.daemon = True
    try:
        if not plain:
            reached = ssl.create_default_context().wrap_socket(
                reached, server_hostname=host, do_handshake_on_connect=False
            )
        watch.start()
        if isinstance(reached, ssl.SSLSocket):
            reached.do_handshake()
        return _status(row, parts, reached)
    except ssl.SSLCertVerificationError as error:
        raise Unsent(
            Sentence(en=f"The certificate of {host} is not trusted.", zh=f"{host} 的证书不可信。"),
            unreachable=True,
        ) from error
    except (OSError, HTTPException, ValueError) as error:
        raise Unsent(
            Sentence(
                en=f"{host} did not answer as a web server within {TIMEOUT:.0f} seconds.",
                zh=f"{host} 未在 {TIMEOUT:.0f} 秒内正常应答。",
            ),
            unreachable=True,
        ) from error
    finally:
        watch.cancel()
        reached.close()


def _status(row: Delivery, parts: SplitResult, reached: socket.socket) -> int:
    connection = HTTPConnection(parts.hostname or "", parts.port)
    connection.sock = reached
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", path, row.body.encode(), {"Host": parts.netloc} | _headers(row))
    return connection.getresponse().status


def _cut(reached: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(reached, socket.SHUT_RDWR)
