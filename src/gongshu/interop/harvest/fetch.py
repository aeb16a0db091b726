"""Ask another server: where it may stand, how much it may send, how long it may take.

The same networks are closed as for webhooks (`jobs.network`): a source must not lead into the
bureau's own. Every hop of a redirect is judged anew. What fails for a moment is tried again.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, urljoin, urlsplit

from gongshu import __version__
from gongshu.interop.harvest.answer import Answer
from gongshu.jobs import network
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

LARGEST = 64_000_000
TIMEOUT, LONGEST = 30.0, 300.0  # seconds: for the next bytes, and for all of it
REDIRECTS = 5
TRIES, PAUSE = 4, 0.5
PIECE = 1 << 18
ACCEPT = (
    "application/json, application/ld+json, text/turtle;q=0.9, application/rdf+xml;q=0.8, */*;q=0.1"
)


class Unreachable(BadInput):
    """Not there, not now, or not allowed."""


def get(url: str) -> Answer:
    """The answer, after a few tries where the server or the way there failed for a moment."""
    for attempt in range(1, TRIES + 1):
        try:
            return _followed(url)
        except _Failed as why:
            if attempt == TRIES or not why.passing:
                raise _unreachable(url, why.en, why.zh) from None
            time.sleep(PAUSE * 2**attempt)
    raise AssertionError


class _Failed(Exception):
    def __init__(self, en: str, zh: str, *, passing: bool) -> None:
        super().__init__(en)
        self.en, self.zh, self.passing = en, zh, passing


def _followed(url: str) -> Answer:
    for _ in range(REDIRECTS + 1):
        answer, status, there = _once(url)
        if status in (301, 302, 303, 307, 308) and there:
            url = urljoin(url, there)
            continue
        if status >= 500 or status == 429:
            raise _Failed(f"it answered {status}", f"返回 {status}", passing=True)
        if status != 200:
            raise _Failed(f"it answered {status}", f"返回 {status}", passing=False)
        return answer
    raise _Failed("it leads from one address to the next", "重定向次数过多", passing=False)


def _once(url: str) -> tuple[Answer, int, str]:
    parts = _parts(url)
    reached = _connect(parts)
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context()
            reached = context.wrap_socket(reached, server_hostname=parts.hostname)
        connection = HTTPConnection(parts.hostname or "", parts.port)
        connection.sock = reached
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Host": parts.netloc,
            "Accept": ACCEPT,
            "Accept-Encoding": "identity",
            "User-Agent": f"Gongshu/{__version__}",
            "Connection": "close",
        }
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        there = response.getheader("Location") or ""
        body = _body(response) if response.status == 200 else b""
    except ssl.SSLCertVerificationError:
        raise _Failed("its certificate is not trusted", "证书不可信", passing=False) from None
    except (OSError, HTTPException, ValueError) as error:
        kind = type(error).__name__
        raise _Failed(
            f"the connection failed ({kind})", f"连接失败（{kind}）", passing=True
        ) from None
    finally:
        reached.close()
    kind, _, rest = (response.getheader("Content-Type") or "").partition(";")
    charset = re.search(r"charset=\"?([\w.:-]+)", rest)
    return (
        Answer(
            url,
            body,
            kind.strip().lower(),
            charset[1] if charset else "",
            {name.lower(): value for name, value in response.getheaders()},
        ),
        response.status,
        there,
    )


def _body(response: HTTPResponse) -> bytes:
    """Whole or not at all: half an answer can look like a whole one."""
    parts, size, until = [], 0, time.monotonic() + LONGEST
    while piece := response.read(PIECE):
        size += len(piece)
        parts.append(piece)
        if size > LARGEST:
            raise _Failed(
                f"it sends more than {LARGEST // 10**6} MB at once",
                f"单次内容超过 {LARGEST // 10**6} MB",
                passing=False,
            )
        if time.monotonic() > until:
            raise _Failed("it is too slow", "响应过慢", passing=False)
    if response.length:
        raise _Failed("it broke off", "传输中断", passing=True)
    return b"".join(parts)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or any(c.isspace() for c in url) or parts.username:
        raise _Failed("this is no address", "地址格式不正确", passing=False)
    return parts


def _connect(parts: SplitResult) -> socket.socket:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _Failed("the name is not found", "找不到主机", passing=True) from None
    places = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
    if not all(network.permitted(place) for place in places):
        raise _Failed(
            "it leads into a network that is closed (GONGSHU_WEBHOOK_NETWORKS)",
            "位于未开放的网络（GONGSHU_WEBHOOK_NETWORKS）",
            passing=False,
        )
    for place in places:
        try:
            return socket.create_connection((str(place), port), timeout=TIMEOUT)
        except OSError:
            continue
    raise _Failed("it does not answer", "没有应答", passing=True)


def _unreachable(url: str, en: str, zh: str) -> Unreachable:
    shown = url[:200]
    return Unreachable(
        "source_unreachable",
        Sentence(en=f"{shown} cannot be read: {en}.", zh=f"无法读取 {shown}：{zh}。"),
        suggestion=Sentence(
            en="A run goes on where it stopped: try it again later.",
            zh="采集可从中断处继续，请稍后重试。",
        ),
        field="url",
    )
