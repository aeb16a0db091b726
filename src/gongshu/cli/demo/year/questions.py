"""What operators and agencies ask of the data that they were granted; some of it is refused."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from gongshu.cli.demo.year.city import City, shape_of
from gongshu.gateway import services as gateway
from gongshu.grants.models import Grant, GrantDataset
from gongshu.ledger import moment
from gongshu.rules.agents import Agent
from gongshu.wording import Problem

OF_PEOPLE = (
    "SELECT street, count(*) AS people FROM {table} GROUP BY street ORDER BY street",
    "SELECT sex, avg(amount) AS mean FROM {table} GROUP BY sex ORDER BY sex",
    "SELECT street, sex, sum(amount) AS total FROM {table} GROUP BY street, sex ORDER BY 1, 2",
    "SELECT birth_year, count(*) AS people FROM {table} WHERE sex = '女' GROUP BY birth_year",
)
OF_OTHERS = ("SELECT street, count(*) AS lines FROM {table} GROUP BY street ORDER BY street",)
NOT_GRANTED = (
    "SELECT resident_id, amount FROM {table}",
    "SELECT * FROM {table} WHERE resident_id = 'R00001'",
    "SELECT amount, count(*) FROM {table} GROUP BY amount",
)


BURST = 12  # questions of somebody who tries what they may not, one a minute


def ask(city: City, rng: Random) -> bool:
    """One question about a grant, or a burst of them; whether it was answered."""
    # Now and then somebody asks of one that has ended.
    ended = rng.random() < 0.1
    rows = Grant.objects.exclude(state="active") if ended else Grant.objects.filter(state="active")
    grants = list(rows.order_by("id"))
    if not grants:
        return False
    grant = rng.choice(grants)
    pin = GrantDataset.objects.filter(grant=grant).select_related("dataset").first()
    holders: list[Agent] = [one for one in city.people if one.organisation == grant.grantee]
    if pin is None or not holders:
        return False
    about_people = shape_of(pin.dataset) == "people"
    if about_people and rng.random() < 0.05:
        return _burst(grant, pin.dataset.code, rng.choice(holders), rng)
    usual = OF_PEOPLE if about_people else OF_OTHERS
    text = rng.choice(NOT_GRANTED if about_people and rng.random() < 0.08 else usual)
    return _answered(grant, text.format(table=pin.dataset.code), rng.choice(holders))


def _burst(grant: Grant, table: str, by: Agent, rng: Random) -> bool:
    start = moment.now()
    for minute in range(BURST):
        with moment.told(start + timedelta(minutes=minute)):
            _answered(grant, rng.choice(NOT_GRANTED).format(table=table), by)
    return False


def _answered(grant: Grant, sql: str, by: Agent) -> bool:
    purpose = str(grant.terms["purposes"][0])
    try:
        gateway.answer(grant_id=grant.id, purpose=purpose, sql=sql, by=by)
    except Problem:  # logged by the gateway, like every use
        return False
    return True
