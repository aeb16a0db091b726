"""A real S3 server on this machine, with a bucket in it, for tests of the object store."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from moto.server import ThreadedMotoServer


@dataclass
class Bucket:
    endpoint: str
    name: str = "gongshu"

    @property
    def address(self) -> str:
        return f"s3://{self.name}/city"

    def request(self, method: str, path: str = "", body: bytes | None = None) -> bytes:
        """What somebody else does with the bucket, past our code."""
        asked = urllib.request.Request(
            f"{self.endpoint}/{self.name}{path}", method=method, data=body
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bytes(answer.read())


@contextmanager
def bucket() -> Iterator[Bucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    made = Bucket(f"http://{host}:{port}")
    # What it holds belongs to the process: an earlier test's server had it as well.
    urllib.request.urlopen(f"{made.endpoint}/moto-api/reset", data=b"", timeout=10).close()
    made.request("PUT")
    try:
        yield made
    finally:
        server.stop()


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    with bucket() as made:
        yield made
