"""What must hold across procedures, for every combination of what is known."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gongshu.rules.cross_checks import (
    Asked,
    Reach,
    Terms,
    access_denied,
    duties_refused,
    reach_refused,
    terms_refused,
)

MONEY = st.decimals(0, 1000, places=2)
CODES = st.sampled_from("ABCD")


@given(st.builds(Reach, *[st.booleans()] * 5))
def test_no_resource_reaches_an_operator_without_all_that_it_needs(found: Reach) -> None:
    right = (
        found.graded
        and found.registration_in_force_or_in_window
        and found.agreement_in_force
        and (found.provider_consents or not found.came_by_sharing)
    )
    assert (reach_refused(found) is None) == right


@given(st.sets(CODES), st.sets(CODES))
def test_nobody_manages_data_and_operates_them(managing: set[str], operators: set[str]) -> None:
    assert (duties_refused(managing, operators) is None) == managing.isdisjoint(operators)


@given(
    st.builds(
        Terms,
        charge=MONEY,
        use=st.sampled_from(["governance", "public_benefit", "industry"]),
        operator=CODES,
        consumer=CODES,
        redevelops=st.booleans(),
        related=st.frozensets(CODES),
        reason=st.sampled_from(["", " ", "twice the volume"]),
    ),
    st.none() | MONEY,
)
def test_terms_are_free_for_the_public_within_the_charge_equal_and_no_redevelopment(
    terms: Terms, published: Decimal | None
) -> None:
    if terms_refused(terms, published) is not None:
        return
    assert terms.charge == 0 or terms.use == "industry"
    assert terms.charge <= (published or 0)
    assert terms.charge == (published or 0) or terms.reason.strip()
    assert not (terms.redevelops and terms.consumer in {terms.operator, *terms.related})


def test_the_usual_terms_are_not_refused() -> None:
    terms = Terms(Decimal(10), "industry", "A", "B", redevelops=True, related=frozenset("C"))
    assert terms_refused(terms, Decimal(10)) is None


@given(st.lists(st.integers(1, 5)), st.integers(1, 12))
def test_never_more_uses_than_agreed(counts: list[int], most: int) -> None:
    used = 0
    for count in counts:
        asked = Asked(
            "a", "read", count, used, frozenset({"read"}), frozenset(), most, in_term=True
        )
        used += 0 if access_denied(asked) else count
    assert used <= most


@given(
    st.builds(
        Asked,
        subject=CODES,
        action=st.sampled_from(["read", "compute"]),
        count=st.integers(1, 3),
        used=st.integers(0, 3),
        permitted=st.frozensets(st.sampled_from(["read", "compute"])),
        subjects=st.frozensets(CODES),
        most_uses=st.none() | st.integers(1, 6),
        in_term=st.booleans(),
    )
)
def test_an_access_is_allowed_only_where_every_limit_allows_it(asked: Asked) -> None:
    allowed = access_denied(asked) is None
    assert allowed == (
        asked.in_term
        and asked.action in asked.permitted
        and (not asked.subjects or asked.subject in asked.subjects)
        and (asked.most_uses is None or asked.used + asked.count <= asked.most_uses)
    )
