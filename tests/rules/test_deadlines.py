"""Due dates, from a case's history alone: each number of the deadline table, and extensions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gongshu.rules.calendar import Calendar, Due
from gongshu.rules.deadlines import due, falls
from gongshu.rules.lengths import ByFact, ByForm, Length, days, workdays
from gongshu.rules.problems import BadInput
from gongshu.rules.procedure import Taken, View
from gongshu.rules.procedures import PROCEDURES
from gongshu.rules.profiles import NATIONAL, Profile, named

CALENDAR = Calendar.load()
MONDAY = date(2026, 11, 23)
CONDITIONAL = {"sharing_attribute": "conditional"}
UNCONDITIONAL = {"sharing_attribute": "unconditional"}

# kind, step that led there, from, state, facts, working days, rule
OWED = [
    ("catalogue_entry", "change", "published", "updating", {}, 10, "D809 17"),
    ("catalogue_entry", "submit", "updating", "submitted", {}, 2, "D809 17"),
    ("sharing_request", "submit", "draft", "received", UNCONDITIONAL, 1, "D809 21"),
    ("sharing_request", "submit", "draft", "received", CONDITIONAL, 10, "D809 21"),
    ("sharing_request", "consent", "received", "agreed", {}, 20, "D809 22"),
    ("authorised_operation", "provide", "agreement_filed", "operating", {}, 20, "R26 9"),
    ("check_request", "open", "", "filed", {}, 10, "D809 26"),
    ("registration_case", "open", "", "preparing", {"registration_owed": "yes"}, 20, "R26 9"),
    ("registration_case", "open", "", "preparing", {"registration_owed": "legacy"}, 30, "R26 9"),
    ("registration_case", "apply", "preparing", "applied", {}, 3, "R26 10"),
    ("registration_case", "resubmit", "awaiting_supplement", "applied", {}, 3, "R26 10"),
    ("registration_case", "accept", "applied", "accepted", {}, 20, "R26 11"),
    ("registration_record", "ask_cancellation", "in_force", "cancelling", {}, 3, "R26 10"),
    (
        "registration_record",
        "accept_cancellation",
        "cancelling",
        "cancellation_accepted",
        {},
        10,
        "R26 9",
    ),
]


@pytest.mark.parametrize(("kind", "by", "source", "state", "facts", "number", "rule"), OWED)
def test_each_length_is_the_one_the_rule_writes(
    kind: str,
    by: str,
    source: str,
    state: str,
    facts: dict[str, str],
    number: int,
    rule: str,
) -> None:
    view = View(state=state, taken=(Taken(by, "li", source, state, MONDAY),))
    expected = CALENDAR.add_workdays(MONDAY, number)
    assert due(PROCEDURES[kind], view, facts, CALENDAR) == expected, rule


def test_no_other_length_is_written_in_any_table() -> None:
    lengths = [
        (procedure.kind, row.name, row.within)
        for procedure in PROCEDURES.values()
        for row in procedure.steps
        if row.within and not isinstance(row.within, ByForm)
    ]
    numbers: dict[tuple[str, str], object] = {
        (kind, name): within.number if isinstance(within, Length) else dict(within.lengths)
        for kind, name, within in lengths
        if isinstance(within, Length | ByFact)
    }
    reply = {"unconditional": workdays(1), "conditional": workdays(10)}
    assert numbers == {
        ("catalogue_entry", "submit"): 10,
        ("catalogue_entry", "pass_update"): 2,
        ("catalogue_entry", "return_update"): 2,
        ("sharing_request", "consent"): reply,
        ("sharing_request", "refuse"): reply,
        ("sharing_request", "deliver"): 20,
        ("authorised_operation", "register_resources"): 20,
        ("authorised_operation", "register_products"): 20,
        ("security_incident", "report"): {"product_flaw": days(1)},
        ("check_request", "find_wrong"): 10,
        ("check_request", "find_right"): 10,
        ("check_request", "correct"): 10,
        ("check_request", "report"): 10,
        ("registration_case", "apply"): {"yes": workdays(20), "legacy": workdays(30)},
        ("registration_case", "ask_supplement"): 3,
        ("registration_case", "accept"): 3,
        ("registration_case", "refuse"): 3,
        ("registration_case", "pass"): 20,
        ("registration_case", "reject"): 20,
        ("registration_record", "accept_cancellation"): 3,
        ("registration_record", "refuse_cancellation"): 3,
        ("registration_record", "cancel"): 10,
    }
    extensions = {
        (procedure.kind, row.name): row.extends.number
        for procedure in PROCEDURES.values()
        for row in procedure.steps
        if row.extends
    }
    assert extensions == {("catalogue_entry", "extend"): 5, ("sharing_request", "extend"): 10}


def test_a_first_review_of_an_entry_has_no_length_written_for_it() -> None:
    came = Taken("approve", "wang", "assessed", "submitted", MONDAY)
    view = View(state="submitted", taken=(came,))
    assert due(PROCEDURES["catalogue_entry"], view, {}, CALENDAR) is None


def test_an_extension_counts_on_from_the_due_date() -> None:
    taken = (
        Taken("submit", "li", "draft", "received", MONDAY),
        Taken("ask_extension", "zhou", "received", "received", date(2026, 11, 30)),
        Taken("extend", "chen", "received", "received", date(2026, 12, 1)),
    )
    view = View(state="received", taken=taken)
    found = due(PROCEDURES["sharing_request"], view, CONDITIONAL, CALENDAR)
    assert found == CALENDAR.add_workdays(MONDAY, 20)


def test_an_extension_of_an_earlier_round_counts_no_more() -> None:
    taken = (
        Taken("change", "li", "published", "updating", date(2026, 9, 1)),
        Taken("extend", "chen", "updating", "updating", date(2026, 9, 2)),
        Taken("submit", "wang", "updating", "submitted", date(2026, 9, 3)),
        Taken("pass_update", "chen", "submitted", "published", date(2026, 9, 4)),
        Taken("change", "li", "published", "updating", MONDAY),
    )
    view = View(state="updating", taken=taken)
    found = due(PROCEDURES["catalogue_entry"], view, {}, CALENDAR)
    assert found == CALENDAR.add_workdays(MONDAY, 10)


def test_a_resubmitted_request_is_received_anew() -> None:
    taken = (
        Taken("submit", "li", "draft", "received", date(2026, 11, 2)),
        Taken("ask_supplement", "zhou", "received", "awaiting_supplement", date(2026, 11, 3)),
        Taken("resubmit", "li", "awaiting_supplement", "received", MONDAY),
    )
    view = View(state="received", taken=taken)
    found = due(PROCEDURES["sharing_request"], view, UNCONDITIONAL, CALENDAR)
    assert found == Due(date(2026, 11, 24), provisional=False)


def test_an_update_that_was_returned_is_still_owed_from_the_change_of_the_law() -> None:
    taken = (
        Taken("change", "li", "published", "updating", MONDAY),
        Taken("submit", "wang", "updating", "submitted", date(2026, 11, 25)),
        Taken("return_update", "chen", "submitted", "updating", date(2026, 11, 27)),
    )
    view = View(state="updating", taken=taken)
    found = due(PROCEDURES["catalogue_entry"], view, {}, CALENDAR)
    assert found == CALENDAR.add_workdays(MONDAY, 10)


def test_the_longest_paths_are_those_the_law_allows() -> None:
    """1 + 20 working days without conditions, 10 + 20 with, 40 with an extension."""
    procedure = PROCEDURES["sharing_request"]
    start = date(2026, 5, 6)

    def whole(facts: dict[str, str], extended: bool) -> date:
        taken = [Taken("submit", "li", "draft", "received", start)]
        if extended:
            taken.append(Taken("extend", "chen", "received", "received", start))
        reply = due(procedure, View("received", taken=tuple(taken)), facts, CALENDAR)
        assert reply is not None
        taken.append(Taken("consent", "zhou", "received", "agreed", reply.day))
        delivery = due(procedure, View("agreed", taken=tuple(taken)), facts, CALENDAR)
        assert delivery is not None
        return delivery.day

    assert CALENDAR.workdays_between(start, whole(UNCONDITIONAL, extended=False)) == 21
    assert CALENDAR.workdays_between(start, whole(CONDITIONAL, extended=False)) == 30
    assert CALENDAR.workdays_between(start, whole(CONDITIONAL, extended=True)) == 40


def test_nothing_is_owed_where_a_case_rests_or_is_over() -> None:
    for kind, state in (("sharing_request", "active"), ("catalogue_entry", "published")):
        view = View(state=state, taken=(Taken("x", "li", "before", state, MONDAY),))
        assert due(PROCEDURES[kind], view, {}, CALENDAR) is None
    assert due(PROCEDURES["sharing_request"], View(state="received"), {}, CALENDAR) is None


def test_an_unknown_fact_sets_no_deadline_rather_than_a_wrong_one() -> None:
    view = View(state="received", taken=(Taken("submit", "li", "draft", "received", MONDAY),))
    assert due(PROCEDURES["sharing_request"], view, {}, CALENDAR) is None


def test_the_day_set_for_rectifying_is_the_due_date() -> None:
    form = {"rectify_by": "2026-12-24"}
    came = Taken("suspend", "zhou", "active", "suspended", MONDAY, form)
    view = View(state="suspended", taken=(came,))
    found = due(PROCEDURES["sharing_request"], view, {}, CALENDAR)
    assert found == Due(date(2026, 12, 24), provisional=False)


def test_a_clock_step_without_a_length_falls_when_its_facts_say_so() -> None:
    row = PROCEDURES["sharing_request"].rows["expire"]
    view = View(state="active", taken=(Taken("deliver", "li", "agreed", "active", MONDAY),))
    assert falls(PROCEDURES["sharing_request"], view, row, CALENDAR) is None


def test_a_profile_replaces_lengths_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(
        'name = "county"\nbasis = "第八条"\n[workdays]\n"sharing_request.deliver" = 7\n'
    )
    county = Profile.load(path)
    assert county.length("sharing_request", "deliver", workdays(20)) == workdays(7)
    assert county.length("sharing_request", "consent", workdays(10)) == workdays(10)
    assert NATIONAL.length("sharing_request", "deliver", workdays(20)) == workdays(20)


def test_a_place_is_stricter_than_the_national_rule_and_never_slower(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(
        'name = "slow"\nbasis = "第八条"\n[workdays]\n"sharing_request.deliver" = 30\n'
        '"registration_case.code" = 15\n'
    )
    slow = Profile.load(path)
    assert slow.length("sharing_request", "deliver", workdays(20)) == workdays(20)
    # A publicity that lasts longer protects whoever would object.
    assert slow.length("registration_case", "code", workdays(10)) == workdays(15)


def test_the_county_that_comes_with_us_replies_within_seven_working_days() -> None:
    asked = Taken("submit", "li", "draft", "received", MONDAY)
    view, procedure = View(state="received", taken=(asked,)), PROCEDURES["sharing_request"]

    def number(profile: Profile, attribute: str) -> int:
        found = due(procedure, view, {"sharing_attribute": attribute}, CALENDAR, profile.length)
        assert found is not None
        return CALENDAR.workdays_between(MONDAY, found.day)

    assert number(NATIONAL, "conditional") == 10
    assert number(named("county"), "conditional") == 7
    assert number(named("county"), "unconditional") == 1
    with pytest.raises(BadInput):
        named("atlantis")


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        'name = "x"',
        'name = "x"\nbasis = "y"\n[workdays]\n"sharing_request.fly" = 3',
        'name = "x"\nbasis = "y"\n[workdays]\n"sharing_request.submit" = 3',
        'name = "x"\nbasis = "y"\n[workdays]\n"sharing_request.deliver" = 0',
        'name = "x"\nbasis = "y"\n[workdays]\n"sharing_request.deliver" = "soon"',
        'name = "x"\nbasis = "y"\n[workdays]\n"sharing_request.deliver" = true',
        'name = "x"\nbasis = "y"\n[clocks]\n"sharing_request.deliver" = "stands"',
        'name = "x"\nbasis = "y"\n[clocks]\n"registration_case.code" = "maybe"',
    ],
)
def test_a_profile_that_names_what_is_not_there_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(text)
    with pytest.raises(BadInput):
        Profile.load(path)


def test_lengths_say_themselves_in_both_languages() -> None:
    assert workdays(1).in_words.en == "1 working day"
    assert days(60).in_words.zh == "60 日"
    within = PROCEDURES["sharing_request"].rows["consent"].within
    assert isinstance(within, ByFact)
    assert within.in_words.en == "1 working day (unconditional), 10 working days (conditional)"
