"""What each side of an authorised operation discloses for a year, read off the books.

The implementing body: party, content, scope, term (R27 art. 18) and the caps; the operator: the
resources it was authorised to, its products, its charges and its use (R27 art. 19). Only operations
are owed; what else was granted stands in the disclosure of the whole platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from gongshu.oversight.disclosure import Authorisation, Disclosure, Price

OPERATION = "operation"
SIDES = ("implementing_body", "operator")


@dataclass(frozen=True)
class Owed:
    organisation: str
    side: str
    year: int

    @property
    def name(self) -> str:
        """One a year, an organisation and a side: the case's subject."""
        return f"{self.organisation} {self.side} {self.year}"


def owed(found: Disclosure) -> list[Owed]:
    """Who owes a disclosure for the year: both sides of every operation that touches it."""
    assert found.year is not None
    sides = {
        (code, side)
        for one in _operations(found)
        for side, code in zip(SIDES, (one.grantor, one.grantee), strict=True)
        if code
    }
    return [Owed(code, side, found.year) for code, side in sorted(sides)]


def draft(found: Disclosure, due: Owed) -> dict[str, Any]:
    """The content of the disclosure, as far as the ledger knows it."""
    own = [one for one in _operations(found) if _side_of(one, due.side) == due.organisation]
    grants = {one.grant for one in own}
    authorisations = [_authorisation(one) for one in own]
    if due.side == "implementing_body":
        return {
            "authorisations": authorisations,
            "caps": [_price(one) for one in found.caps if one.grant in grants],
        }
    return {
        "authorised_resources": authorisations,
        "products": [asdict(one) for one in found.products if one.grant in grants],
        "charges": [_price(one) for one in found.charges if one.grant in grants],
        "use": [asdict(one) for one in found.use if one.grant in grants],
    }


def _operations(found: Disclosure) -> Iterator[Authorisation]:
    return (one for one in found.authorisations if one.kind == OPERATION)


def _side_of(one: Authorisation, side: str) -> str:
    return one.grantor if side == "implementing_body" else one.grantee


def _authorisation(one: Authorisation) -> dict[str, Any]:
    """Party, content, scope, term, and the entries it rests on."""
    return {**asdict(one), "datasets": list(one.datasets), "entries": list(one.entries)} | {
        "purposes": list(one.purposes),
        "scope": dict(one.scope),
    }


def _price(one: Price) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if value != ""}
