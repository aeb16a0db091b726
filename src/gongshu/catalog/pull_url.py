"""What a URL holds, into a file: if it changed, from where it may lead, on from where it broke.

A secret is sent to the host it was set for and to no other that a redirect names. The networks are
those of webhooks (`jobs.network`): each address is judged, and we go to one that was.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from gongshu import __version__
from gongshu.catalog.ingest import require_size
from gongshu.jobs import network
from gongshu.rules.problems import BadInput
from gongshu.wording import Problem, Sentence

TIMEOUT = 60.0  # seconds without a byte
REDIRECTS = 5
TRIES = 4
PIECE = 1 << 20
LONGEST = 500

PAUSE = 0.5
BROKEN_OFF = ("it broke off", "传输中断")

Progress = Callable[[float], None]


class Unreachable(BadInput):
    """Not there, not now, or not allowed."""


@dataclass(frozen=True)
class Seen:
    """How a server said what it sent, so that it need not send it again."""

    etag: str = ""
    last_modified: str = ""


NEVER = Seen()


Began = Callable[[Seen], None]


@dataclass(frozen=True)
class _Told:
    progress: Progress
    began: Began


class Broken(Exception):
    """It broke off; what came is kept, and is half of what is `seen`."""

    def __init__(
        self, seen: Seen = NEVER, en: str = "the connection failed", zh: str = "连接失败"
    ) -> None:
        super().__init__(en)
        self.seen, self.en, self.zh = seen, en, zh


@dataclass
class Source:
    url: str
    secret: str = ""
    seen: Seen = NEVER


def checked(url: str) -> str:
    """The address as it is kept, or the sentence that says what is wrong with it."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or len(url) > LONGEST or not url.isascii() or any(c.isspace() for c in url):
        raise BadInput(
            "source_address",
            Sentence(
                en="This is no address such as https://example.gov.cn/schools.csv.",
                zh="地址格式不正确，应形如 https://example.gov.cn/schools.csv。",
            ),
            field="address",
        )
    if parts.username is not None or parts.fragment:
        raise BadInput(
            "source_address",
            Sentence(
                en="An address has no user name, password or “#…” in it; name a secret instead.",
                zh="地址中不能含有用户名、密码或“#…”，请改用密钥名称。",
            ),
            field="address",
        )
    return url


def fetch(
    source: Source, target: Path, *, progress: Progress, began: Began, resumed: Seen = NEVER
) -> Seen | None:
    """Write what the address holds to `target`; None if it holds what was `seen` before.

    A broken line is taken up where it broke, if the server can; so is a `target` that an earlier
    attempt began: `began` was told what the server called it, and it is handed in as `resumed`.
    """
    got = resumed
    for attempt in range(1, TRIES + 1):
        try:
            return _followed(source, target, _Told(progress, began), got)
        except Broken as broken:
            if attempt == TRIES:
                raise unreachable(source.url, broken.en, broken.zh) from broken
            got = got if broken.seen == NEVER else broken.seen
            time.sleep(PAUSE * 2**attempt)
    raise AssertionError


def name_of(url: str) -> str:
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or "download"


def _followed(source: Source, target: Path, told: _Told, got: Seen) -> Seen | None:
    url = source.url
    for _ in range(REDIRECTS + 1):
        parts = urlsplit(url)
        connection = _connection(parts, url)
        try:
            response = _answer(connection, parts, _headers(source, parts, target, got))
            if response.status in (301, 302, 303, 307, 308):
                url = checked(urljoin(url, response.getheader("Location") or ""))
                if parts.scheme == "https" and not url.startswith("https:"):
                    raise unreachable(url, "it leads from https to http", "从 https 转向 http")
                continue
            return _kept(response, source, target, told)
        except ssl.SSLCertVerificationError:
            raise unreachable(url, "its certificate is not trusted", "证书不可信") from None
        except (OSError, HTTPException) as error:
            raise Broken from error
        finally:
            connection.close()
    raise unreachable(source.url, "it leads from one address to the next", "重定向次数过多")


def _connection(parts: SplitResult, url: str) -> HTTPConnection:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        reached = network.reach(host, port, timeout=TIMEOUT)
    except Problem as problem:
        raise not_reached(url, problem) from None
    connection = HTTPConnection(host, port)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        try:
            reached = context.wrap_socket(reached, server_hostname=host)
        except OSError as error:
            reached.close()
            if isinstance(error, ssl.SSLCertVerificationError):
                raise unreachable(url, "its certificate is not trusted", "证书不可信") from None
            raise Broken from error
    connection.sock = reached
    return connection


def _answer(
    connection: HTTPConnection, parts: SplitResult, headers: dict[str, str]
) -> HTTPResponse:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", path, headers={"Host": parts.netloc} | headers)
    return connection.getresponse()


def _headers(source: Source, parts: SplitResult, target: Path, got: Seen) -> dict[str, str]:
    headers = {
        "User-Agent": f"Gongshu/{__version__}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    here = target.stat().st_size if target.exists() else 0
    same = got.etag if got.etag and not got.etag.startswith("W/") else got.last_modified
    if here and same:  # else it would not be known whether the rest belongs to it
        headers |= {"Range": f"bytes={here}-", "If-Range": same}
    else:
        if source.seen.etag:
            headers["If-None-Match"] = source.seen.etag
        if source.seen.last_modified:
            headers["If-Modified-Since"] = source.seen.last_modified
    if source.secret and parts.netloc == urlsplit(source.url).netloc:
        own = " " in source.secret  # "Basic …", say; a bare one is a bearer token
        headers["Authorization"] = source.secret if own else f"Bearer {source.secret}"
    return headers


def _kept(response: HTTPResponse, source: Source, target: Path, told: _Told) -> Seen | None:
    status = response.status
    if status == 304:
        return None
    if status == 416:  # it is another file by now
        target.unlink(missing_ok=True)
    if status >= 500 or status in (416, 429):
        raise Broken(en=f"it answered {status}", zh=f"返回 {status}")
    if status not in (200, 206):
        raise unreachable(source.url, f"it answered {status}", f"返回 {status}")
    seen = Seen(response.getheader("ETag") or "", response.getheader("Last-Modified") or "")
    seen = Seen(seen.etag[:300], seen.last_modified[:100])
    at = target.stat().st_size if status == 206 else 0
    total = at + (response.length or 0)
    require_size(total)
    told.began(seen)
    with target.open("r+b" if status == 206 else "wb") as file:
        file.seek(at)
        try:
            while piece := response.read(PIECE):
                at += len(piece)
                require_size(at)
                file.write(piece)
                told.progress(100 * at / total if total else 0)
        except (OSError, HTTPException) as error:
            raise Broken(seen, *BROKEN_OFF) from error
        finally:
            file.flush()
            os.fsync(file.fileno())
    if response.length:
        raise Broken(seen, *BROKEN_OFF)
    return seen


def not_reached(address: str, problem: Problem) -> Unreachable:
    """What was said of a webhook's address, of a source's."""
    if problem.sentence == network.CLOSED:
        return unreachable(
            address,
            "it leads into a network that is closed (GONGSHU_WEBHOOK_NETWORKS)",
            "位于未开放的网络（GONGSHU_WEBHOOK_NETWORKS）",
        )
    return unreachable(address, problem.sentence.en, problem.sentence.zh)


def unreachable(address: str, en: str, zh: str) -> Unreachable:
    shown = address.partition("?")[0][:200]  # what follows may hold a key
    return Unreachable(
        "source_unreachable",
        Sentence(
            en=f"{shown} cannot be read: {en.rstrip('.')}.",
            zh=f"无法读取 {shown}：{zh.rstrip('。')}。",
        ),
        field="address",
    )
