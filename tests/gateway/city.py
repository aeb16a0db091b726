"""The small city in an instance of its own, and the processes that act in it.

`python -m tests.gateway.city build` makes it in $GONGSHU_HOME and prints the grant; `ask GRANT`
asks what each line it reads says (nothing: the usual question) and prints what became of it;
`suspend GRANT` suspends it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongshu.settings")


def build(limits: str = "{}") -> None:
    from tests.agents import CODES, PASSWORD
    from tests.world import World, agreement_form

    from gongshu.accounts import agents, services
    from gongshu.accounts.codes import uscc_check_character
    from gongshu.rules.agents import SYSTEM

    made: dict[str, Any] = {}
    for office in ("agency", "bureau", "government", "sector", "operator"):
        code = CODES[office] + uscc_check_character(CODES[office])
        services.create_organisation(code=code, name_zh=office, kinds=[office], by=SYSTEM)
        for rank, name in (("staff", office), ("head", f"{office}_head")):
            person = services.create_person(
                username=name.replace("_", "-"),
                password=PASSWORD,
                organisation=code,
                rank=rank,
                by=SYSTEM,
            )
            made[name] = agents.agent_of(person)
    world = World(Path(os.environ["GONGSHU_HOME"]) / "uploads", **made)
    world.publish_all()
    terms = {**agreement_form()["terms"], "limits": json.loads(limits)}
    print(world.operate(terms=terms).id)


def ask(grant: str) -> None:
    from tests.world import BY_DISTRICT, PURPOSE

    from gongshu.accounts.agents import shell_agent
    from gongshu.data.policy.refusals import Refused
    from gongshu.gateway import services

    for line in sys.stdin:
        sql = line.strip() or BY_DISTRICT
        try:
            answer = services.answer(
                grant_id=grant, purpose=PURPOSE, sql=sql, by=shell_agent("operator")
            )
            said = f"answered {answer.rows}"
        except Refused as refused:
            said = f"refused {refused.code}"
        print(said, flush=True)


def suspend(grant: str) -> None:
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import services as cases
    from gongshu.grants.models import Grant

    case = Grant.objects.get(pk=grant).case_id
    cases.do(case_id=case, step="suspend", by=shell_agent("agency"), note="over-use")


if __name__ == "__main__":
    django.setup()
    {"build": build, "ask": ask, "suspend": suspend}[sys.argv[1]](*sys.argv[2:])
