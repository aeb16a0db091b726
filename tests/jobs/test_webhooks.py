"""Notices by webhook, to a real web server: signed, sent until taken, never where it is shut."""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.receivers import Receiver, certificate, web_server

from gongshu.accounts import telling, webhooks
from gongshu.jobs import deliveries, network, selectors, sending, webhook
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Channel, Delivery
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.wording import Sentence

pytestmark = pytest.mark.django_db

TEXT = Sentence(
    en="Sharing request C-2026-000001: Accepted.", zh="共享申请 C-2026-000001：已受理。"
)
PAGE = Path(__file__).parents[2] / "docs/how-to/notices.md"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    settings.PUBLIC_URL = "https://data.example.gov.cn"
    with web_server() as found:
        yield found


def points_to(address: str, head: Agent) -> str:
    return webhooks.set_address(organisation=head.organisation, address=address, by=head)[1]


def tell(to: Agent, rank: str = "") -> int:
    jobs.notify(to=to.organisation, rank=rank, text=TEXT, link="/case/C-2026-000001#comments")
    jobs.deliver()
    return sending.send_all("worker")


def later(minutes: float) -> int:
    """What would be sent that much later."""
    gone = timedelta(minutes=minutes)
    for row in Delivery.objects.filter(state="waiting"):
        row.next_at, row.began = row.next_at - gone, row.began - gone
        row.save()
    return sending.send_all("worker")


def as_the_page_verifies() -> Any:
    """The function that the how-to page gives to receivers."""
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)
    return found["verified"]


def test_a_notice_arrives_as_the_page_says_and_its_signature_holds(
    receiver: Receiver, agency_head: Agent
) -> None:
    secret = points_to(receiver.address, agency_head)
    assert tell(agency_head, rank="head") == 1
    [arrived] = receiver.arrived
    body = json.loads(arrived.body)
    row = Delivery.objects.get()
    assert (row.state, arrived.path) == ("sent", "/notices?for=us")
    assert body == {
        "id": row.id,
        "time": body["time"],
        "organisation": agency_head.organisation,
        "rank": "head",
        "text": {"en": TEXT.en, "zh": TEXT.zh},
        "link": "https://data.example.gov.cn/case/C-2026-000001#comments",
        "case": "C-2026-000001",
    }
    assert body["time"].endswith("+08:00")
    assert arrived.headers["webhook-id"] == row.id
    verified = as_the_page_verifies()
    assert verified(secret, arrived.headers, arrived.body) == body
    other = webhook.secret_of(agency_head.organisation, 2)
    for wrong in (
        (other, arrived.headers, arrived.body),
        (secret, arrived.headers, arrived.body.replace(b"Accepted", b"Rejected")),
        (secret, arrived.headers | {"webhook-id": "another"}, arrived.body),
        (secret, arrived.headers | {"webhook-timestamp": str(int(time.time()) - 1)}, arrived.body),
    ):
        with pytest.raises(ValueError):
            verified(*wrong)


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example that its libraries are tested with."""
    assert (
        webhook.signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            number="msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp="1614265330",
            body=b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_an_old_request_played_again_is_not_verified(
    receiver: Receiver, agency_head: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = points_to(receiver.address, agency_head)
    tell(agency_head)
    [arrived] = receiver.arrived
    verified, then = as_the_page_verifies(), time.time()
    monkeypatch.setattr(time, "time", lambda: then + 3600)
    with pytest.raises(ValueError):
        verified(secret, arrived.headers, arrived.body)


def test_what_fails_twice_is_taken_at_the_third_try_under_the_same_id(
    receiver: Receiver, agency_head: Agent
) -> None:
    receiver.answers = [500, 503]
    points_to(receiver.address, agency_head)
    assert tell(agency_head) == 1
    row = Delivery.objects.get()
    assert (row.state, row.last_error_zh) == ("waiting", "对方返回 500。")
    assert later(0.5) == 0
    assert later(1) == 1
    assert later(1) == 0  # the second wait is longer
    assert later(5) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == ("sent", 3, None)
    assert len({one.headers["webhook-id"] for one in receiver.arrived}) == 1
    assert len(receiver.arrived) == 3


def test_it_is_given_up_after_about_a_day_and_can_be_sent_again(
    receiver: Receiver, agency_head: Agent
) -> None:
    receiver.answers = [500] * 9
    secret = points_to(receiver.address, agency_head)
    tell(agency_head)
    for wait in deliveries.WAITS:
        assert Delivery.objects.get().state == "waiting"
        assert later(wait.total_seconds() / 60) == 1
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("given_up", 9)
    assert timedelta(hours=20) < deliveries.GIVEN_UP_AFTER < timedelta(hours=26)
    telling.again(number=row.id, by=agency_head)
    assert sending.send_all("worker") == 1
    as_the_page_verifies()(secret, receiver.arrived[-1].headers, receiver.arrived[-1].body)
    with pytest.raises(Conflict):
        telling.again(number=row.id, by=agency_head)


def test_a_redirect_is_not_followed(receiver: Receiver, agency_head: Agent) -> None:
    receiver.answers = [302]
    receiver.headers = {"Location": receiver.address.replace("/notices", "/elsewhere")}
    points_to(receiver.address, agency_head)
    tell(agency_head)
    assert [one.path for one in receiver.arrived] == ["/notices?for=us"]
    assert Delivery.objects.get().last_error_zh == "对方返回 302（重定向），平台不予跟随。"


def test_a_receiver_that_does_not_answer_in_time_holds_up_nobody_else(
    receiver: Receiver, agency_head: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)
    receiver.seconds = 1.0
    points_to(receiver.address, agency_head)
    for _ in range(3):
        jobs.notify(to=agency_head.organisation, text=TEXT)
    jobs.deliver()
    started = time.monotonic()
    assert sending.send_all("worker") == 1  # the others wait with the first
    assert time.monotonic() - started < 1.0
    assert Delivery.objects.filter(next_at__gt=timezone.now()).count() == 3
    assert later(1) == 1
    receiver.seconds = 0.0
    assert later(1) == 2  # it is back: the rest within a minute, the one that tried after its own
    assert later(5) == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_what_waited_a_day_for_a_receiver_is_given_up_though_others_tried_for_it(
    agency_head: Agent,
) -> None:
    points_to("https://gone.invalid/x", agency_head)
    for _ in range(3):
        jobs.notify(to=agency_head.organisation, text=TEXT)
    jobs.deliver()
    sending.send_all("worker")
    later(deliveries.GIVEN_UP_AFTER.total_seconds() / 60)
    states = Delivery.objects.values_list("state", "last_error_zh")
    assert set(states) == {("given_up", "找不到主机名 gone.invalid。")}


def test_by_https_the_certificate_must_be_trusted(
    settings: Any, agency_head: Agent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with web_server(tmp_path) as receiver:
        points_to(receiver.address, agency_head)
        tell(agency_head)
        assert "certificate" in Delivery.objects.get().last_error_en
        assert receiver.arrived == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
        assert later(1) == 1
        assert len(receiver.arrived) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://example.gov.cn/x",
        "ftp://example.gov.cn/x",
        "https://",
        "example.gov.cn",
        "https://user:password@example.gov.cn/",
        "https://example.gov.cn/#part",
        "https://example.gov.cn/a b",
        "https://example.gov.cn/\r\nX-More: 1",
        "https://exámple.cn/",
        "https://example.gov.cn:99999/",
        "https://[::1/",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "http://localhost:8000/x",
        "https://10.0.0.5/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.5]/x",
        "https://[::1]/",
        "https://[fd12::1]/",
        "https://[64:ff9b::a00:5]/",
        "https://100.100.100.200/",
        "https://0.0.0.0/",
        "https://" + "a" * 300 + ".cn/",
    ],
)
def test_an_address_that_will_not_do_is_refused_in_both_languages(
    agency_head: Agent, address: str
) -> None:
    with pytest.raises(BadInput) as refused:
        points_to(address, agency_head)
    sentence = refused.value.sentence
    assert refused.value.field == "address"
    assert sentence.en.isascii() or "…" in sentence.en
    assert re.search("[一-龥]", sentence.zh)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("8.8.8.8", True),
        ("2400:3200::1", True),
        ("10.1.2.3", False),
        ("10.20.2.3", True),  # named
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("::ffff:192.168.1.1", False),
        ("::ffff:10.20.1.1", True),
        ("64:ff9b::c0a8:101", False),
        ("2002:c0a8:101::", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("100.100.100.200", False),
        ("168.63.129.16", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),
        ("::", False),
    ],
)
def test_only_the_public_internet_and_named_networks_are_reached(
    settings: Any, text: str, allowed: bool
) -> None:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("10.20.0.0/16")]
    assert network.permitted(ipaddress.ip_address(text)) is allowed


def test_metadata_services_stay_closed_though_everything_is_named(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
    for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254"):
        assert not network.permitted(ipaddress.ip_address(text))
    assert network.permitted(ipaddress.ip_address("192.168.1.1"))


def test_a_name_that_leads_into_a_closed_network_is_refused_when_connecting(
    settings: Any, agency_head: Agent, receiver: Receiver
) -> None:
    """Whoever owns a name lets it mean what they like, after it was set as well."""
    points_to(receiver.address.replace("127.0.0.1", "localhost"), agency_head)
    settings.WEBHOOK_NETWORKS = []
    tell(agency_head)
    row = Delivery.objects.get()
    assert (row.state, row.last_error) == ("waiting", network.CLOSED)
    assert receiver.arrived == []


def test_http_is_for_this_machine_alone(settings: Any, agency_head: Agent) -> None:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("10.0.0.0/8")]
    with pytest.raises(BadInput):
        points_to("http://10.0.0.5/x", agency_head)
    points_to("https://10.0.0.5/x", agency_head)


def test_the_head_and_the_administrator_set_it_and_nobody_else(
    agency: Agent, agency_head: Agent, bureau_head: Agent, administrator: Agent
) -> None:
    code, address = agency_head.organisation, "https://example.gov.cn/x"
    narrowed = Agent(
        person=agency_head.person, organisation=code, rank="head", scopes=frozenset({"case"})
    )
    for other in (agency, bureau_head, narrowed):
        with pytest.raises(Forbidden):
            webhooks.set_address(organisation=code, address=address, by=other)
    first = points_to(address, agency_head)
    row, second = webhooks.set_address(organisation=code, address=address, by=administrator)
    assert (row.number, first == second) == (2, False)
    with pytest.raises(NotFound):
        webhooks.set_address(organisation="nobody", address=address, by=administrator)
    assert webhooks.remove(organisation=code, by=agency_head).address == ""
    with pytest.raises(Conflict):
        webhooks.remove(organisation=code, by=agency_head)
    assert points_to(address, agency_head) not in (first, second)


def test_what_waits_goes_where_the_webhook_points_now(
    receiver: Receiver, agency_head: Agent
) -> None:
    points_to("https://gone.invalid/x", agency_head)
    assert tell(agency_head) == 1
    assert Delivery.objects.get().last_error_zh == "找不到主机名 gone.invalid。"
    secret = points_to(receiver.address, agency_head)
    assert sending.send_all("worker") == 1
    as_the_page_verifies()(secret, receiver.arrived[0].headers, receiver.arrived[0].body)
    receiver.answers = [500]
    tell(agency_head)
    webhooks.remove(organisation=agency_head.organisation, by=agency_head)
    assert later(60) == 0
    assert Delivery.objects.filter(state="given_up").count() == 1


def test_each_holder_of_an_office_is_told_and_nobody_else(
    receiver: Receiver, bureau_head: Agent, agency_head: Agent
) -> None:
    points_to(receiver.address, bureau_head)
    points_to(receiver.address, agency_head)
    jobs.notify(to="kind:bureau", text=TEXT)
    jobs.deliver()
    assert sending.send_all("worker") == 1
    assert json.loads(receiver.arrived[0].body)["organisation"] == bureau_head.organisation


def test_deliveries_are_shown_to_the_head_and_the_administrator(
    receiver: Receiver, agency: Agent, agency_head: Agent, bureau: Agent, administrator: Agent
) -> None:
    points_to(receiver.address, agency_head)
    tell(agency_head)
    for agent, seen in ((agency_head, 1), (administrator, 1), (agency, 0), (bureau, 0)):
        assert selectors.deliveries(agent).count() == seen
    assert selectors.deliveries(agency_head, state="waiting").count() == 0
    with pytest.raises(NotFound):
        telling.again(number=Delivery.objects.get().id, by=bureau)


def test_neither_ledger_nor_database_nor_log_has_the_secret(
    receiver: Receiver, agency_head: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.answers = [500]
    secret = points_to(receiver.address, agency_head)
    tell(agency_head)
    entry = ledger.entries(events=["organisation.webhook_set"]).last()
    assert entry.facts == {"secret_number": 1}
    assert "127.0.0.1" not in entry.body
    kept = [str(list(Delivery.objects.values())), str(vars(webhooks.Webhook.objects.get()))]
    kept += [entry.body for entry in ledger.entries()]
    for part in (secret, secret.removeprefix("whsec_")):
        assert part not in caplog.text + "".join(kept)


def test_a_lease_that_was_lost_changes_nothing_any_more(
    receiver: Receiver, agency_head: Agent
) -> None:
    points_to(receiver.address, agency_head)
    jobs.notify(to=agency_head.organisation, text=TEXT)
    jobs.deliver()
    now = timezone.now()
    first = deliveries.take(Channel.WEBHOOK, worker="a", now=now)
    assert first is not None
    assert deliveries.take(Channel.WEBHOOK, worker="b", now=now) is None
    second = deliveries.take(Channel.WEBHOOK, worker="b", now=now + 2 * deliveries.LEASE)
    assert second is not None
    assert not deliveries.sent(first)
    assert not deliveries.failed(first, deliveries.Unsent(TEXT))
    assert deliveries.sent(second)


def test_what_ended_long_ago_is_swept(receiver: Receiver, agency_head: Agent) -> None:
    points_to(receiver.address, agency_head)
    tell(agency_head)
    assert deliveries.sweep() == 0
    assert deliveries.sweep(timezone.now() + timedelta(days=91)) == 1
