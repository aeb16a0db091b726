"""Real workers that send: killed at the bad moment, and several at once."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.processes import Instance
from tests.receivers import Post, Receiver, mail_server, web_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@dataclass
class Outside:
    """Where the notices of an instance's acts arrive as well."""

    hook: Receiver
    post: Post

    @property
    def ids(self) -> list[str]:
        """Of the webhook's requests, and of the mails."""
        mails = [mail["Message-ID"] for mail in self.post.arrived]
        return [one.headers["webhook-id"] for one in self.hook.arrived] + mails


@pytest.fixture
def outside(processes: Instance) -> Iterator[Outside]:
    with web_server() as hook, mail_server() as post:
        processes.environment |= {
            "WEBHOOK": hook.address,
            "GONGSHU_WEBHOOK_NETWORKS": "127.0.0.0/8",
            "GONGSHU_MAIL_URL": f"smtp://127.0.0.1:{post.port}",
        }
        processes.run("elsewhere")
        yield Outside(hook, post)


@pytest.mark.kill
def test_what_a_worker_sent_before_it_was_killed_is_sent_again_under_the_same_id(
    processes: Instance, outside: Outside
) -> None:
    processes.dies("act:killed:1", "crash:delivery.sent", "settle")
    assert len(outside.ids) == 1
    (left,) = processes.check("settle")  # its lease has not ended
    assert left["deliveries"] == {"waiting": 1, "sent": 1}
    (found,) = processes.check("lapse", "settle")
    assert found["deliveries"] == {"sent": 2}
    assert (len(outside.ids), len(set(outside.ids))) == (3, 2)


def test_two_workers_at_once_send_each_but_once(processes: Instance, outside: Outside) -> None:
    outside.hook.seconds = 0.02
    processes.run("act:many:30")
    workers = [processes.start("worker") for _ in range(2)]
    until = time.monotonic() + 60
    while len(outside.ids) < 60 and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(1)  # for what would come twice
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
        _, err = worker.communicate(timeout=30)
        assert worker.returncode == 0, err
    (found,) = processes.check()
    assert found["deliveries"] == {"sent": 60}
    assert (len(outside.ids), len(set(outside.ids))) == (60, 60)
    assert found["each act has one entry"]
