"""Who wants notices elsewhere: the people who chose mails, the organisations with a webhook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from gongshu.accounts.mail import mail_of, require_scope
from gongshu.accounts.models import Mail, OrganisationRole, Person, Webhook
from gongshu.accounts.webhooks import request_of
from gongshu.jobs import deliveries, selectors
from gongshu.jobs import mail as post
from gongshu.jobs.models import Channel, Delivery, Notice
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Conflict
from gongshu.wording import Sentence

OFFICE = "kind:"


def addressed(notices: Sequence[Notice]) -> Iterator[Delivery]:
    """The mails and requests that these notices become; in the transaction that writes them."""
    webhooks = {
        row.organisation.code: row
        for row in Webhook.objects.exclude(address="").select_related("organisation")
    }
    people = _people()
    if not (webhooks or people):
        return
    offices = _offices(notices)
    for notice in notices:
        for code in offices.get(notice.to, [notice.to]):
            if code in webhooks and not notice.person:
                yield request_of(notice, code, webhooks[code])
            for person in people.get(code, ()):
                if notice.rank in ("", person.rank) and notice.person in ("", person.username):
                    yield mail_of(notice, person)


def _people() -> dict[str, list[Person]]:
    """Those who want a mail for each notice, by organisation; nobody without a mail server."""
    found: dict[str, list[Person]] = defaultdict(list)
    if post.is_on():
        rows = Person.objects.filter(mail=Mail.EACH, is_active=True, organisation__isnull=False)
        for person in rows.select_related("organisation"):
            if person.organisation:
                found[person.organisation.code].append(person)
    return found


def _offices(notices: Iterable[Notice]) -> dict[str, list[str]]:
    """Who holds the offices that notices are for: "kind:bureau" → codes."""
    wanted = {n.to.removeprefix(OFFICE) for n in notices if n.to.startswith(OFFICE)}
    found: dict[str, list[str]] = {f"{OFFICE}{kind}": [] for kind in wanted}
    for role in OrganisationRole.objects.filter(kind__in=wanted).select_related("organisation"):
        found[f"{OFFICE}{role.kind}"].append(role.organisation.code)
    return found


def again(*, number: str, by: Agent) -> Delivery:
    """Send once more what was given up, to where it goes today."""
    row = selectors.delivery(number, by)
    require_scope(by)
    if row.channel == Channel.WEBHOOK:
        hook = Webhook.objects.filter(organisation__code=row.organisation).first()
        to, secret = (hook.address, hook.number) if hook else ("", 0)
    else:
        person = Person.objects.filter(username=row.person, is_active=True).first()
        to, secret = (person.mail_address if person else "", 0)
    if not to:
        raise Conflict(
            "nowhere_to_send",
            Sentence(
                en="There is no address any more to which this could be sent.",
                zh="已没有可供发送的地址。",
            ),
        )
    deliveries.again(row, to=to, secret=secret)
    return row
