"""Ways through the procedures that several tests take."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.world import CLINICS, LONG, PURPOSE, World, today

from gongshu.cases import services
from gongshu.cases.models import Case

BEIJING = ZoneInfo("Asia/Shanghai")


def moment(day: str, hour: int = 10) -> datetime:
    """A working hour of that day, in Chinese time."""
    return datetime.fromisoformat(f"{day}T{hour:02d}:00:00").replace(tzinfo=BEIJING)


def request_form(**changes: Any) -> dict[str, Any]:
    """What article 20 asks of a request for shared data."""
    return {
        "dataset": CLINICS,
        "legal_basis": "Regulations on health statistics, article 3",
        "scenario": LONG,
        "purpose": PURPOSE,
        "scope": LONG,
        "method": "interface",
        "until": today(90),
        **changes,
    }


def asked(world: World, at: datetime | None = None, **changes: Any) -> Case:
    """A request that the requester's head has sent."""
    case = services.open_case(
        kind="sharing_request",
        payload=request_form(**changes),
        by=world.second_agency,
        at=at,
    )
    services.do(case_id=case.id, step="submit", by=world.second_agency_head, at=at)
    return Case.objects.get(pk=case.id)


def in_use(world: World, **changes: Any) -> Case:
    """A request that was agreed to and delivered."""
    case = asked(world, **changes)
    services.do(case_id=case.id, step="consent", by=world.agency_head, form={})
    services.do(case_id=case.id, step="deliver", by=world.agency)
    return Case.objects.get(pk=case.id)
