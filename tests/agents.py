"""One organisation and its people for each office, made through the services.

`agency` is an agent (`gongshu.rules.agents.Agent`) of rank staff; `agency_head` of rank head,
of the same organisation. `second_agency` is another agency, for sharing. Agents are values:
`agency.organisation` is the code.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gongshu.rules.agents import SYSTEM, Agent

# The check characters are computed by the rule of GB 32100 (test_codes).
CODES = {
    "bureau": "11330100MA0000001",
    "government": "11330100MA0000002",
    "sector": "11330000MA0000003",
    "agency": "11330100MA0000004",
    "second_agency": "11330100MA0000005",
    "registry": "12330100MA0000006",
    "operator": "91330100MA0000007",
    "enterprise": "91330100MA0000008",
    "auditor": "11330100MA0000009",
    "pricing": "11330100MA0000010",
}
NAMES = {
    "bureau": ("示例市数据局", "Example City Data Bureau"),
    "government": ("示例市人民政府", "Example City Government"),
    "sector": ("示例省数据局", "Example Province Data Bureau"),
    "agency": ("示例市卫生健康委员会", "Example City Health Commission"),
    "second_agency": ("示例市交通运输局", "Example City Transport Bureau"),
    "registry": ("示例市公共数据登记中心", "Example City Registry"),
    "operator": ("示例数据运营有限公司", "Example Data Operations Ltd"),
    "enterprise": ("示例科技有限公司", "Example Technology Ltd"),
    "auditor": ("示例市审计局", "Example City Audit Office"),
    "pricing": ("示例市发展和改革委员会", "Example City Development Commission"),
}
PASSWORD = "a long enough password 1"

NewAgent = Callable[..., Agent]


@pytest.fixture
def new_agent(db: None) -> NewAgent:
    """`new_agent("agency", rank="head")`: a person of that organisation, made on first use."""
    from gongshu.accounts import agents, services
    from gongshu.accounts.codes import uscc_check_character
    from gongshu.accounts.models import Organisation, Person

    def make(office: str, rank: str = "staff", username: str = "") -> Agent:
        code = CODES[office] + uscc_check_character(CODES[office])
        if not Organisation.objects.filter(code=code).exists():
            zh, en = NAMES[office]
            kind = "agency" if office == "second_agency" else office
            services.create_organisation(code=code, name_zh=zh, name_en=en, kinds=[kind], by=SYSTEM)
        name = username or (office if rank == "staff" else f"{office}-{rank}")
        person = Person.objects.filter(username=name).first() or services.create_person(
            username=name, password=PASSWORD, organisation=code, rank=rank, by=SYSTEM
        )
        return agents.agent_of(person)

    return make


@pytest.fixture
def administrator(db: None) -> Agent:
    return new_administrator()


def new_administrator() -> Agent:
    """Made on first use."""
    from gongshu.accounts import agents, services
    from gongshu.accounts.models import Person

    name = "administrator"
    person = Person.objects.filter(username=name).first() or services.create_person(
        username=name, password=PASSWORD, organisation=None, administrator=True, by=SYSTEM
    )
    return agents.agent_of(person)


def _office(office: str, rank: str) -> Callable[[NewAgent], Agent]:
    name = office if rank == "staff" else f"{office}_{rank}"

    @pytest.fixture(name=name)
    def fixture(new_agent: NewAgent) -> Agent:
        return new_agent(office, rank)

    return fixture


bureau, bureau_head = _office("bureau", "staff"), _office("bureau", "head")
government, government_head = _office("government", "staff"), _office("government", "head")
sector, sector_head = _office("sector", "staff"), _office("sector", "head")
agency, agency_head = _office("agency", "staff"), _office("agency", "head")
second_agency = _office("second_agency", "staff")
second_agency_head = _office("second_agency", "head")
registry, registry_head = _office("registry", "staff"), _office("registry", "head")
operator, operator_head = _office("operator", "staff"), _office("operator", "head")
enterprise, enterprise_head = _office("enterprise", "staff"), _office("enterprise", "head")
auditor, auditor_head = _office("auditor", "staff"), _office("auditor", "head")
pricing, pricing_head = _office("pricing", "staff"), _office("pricing", "head")
