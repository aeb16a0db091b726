"""The same by clicking, in a real browser: from an upload to a grant, an answer and its receipt.

The long way is one story, told in steps; what follows looks at the demo's own city.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import City

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DEPARTMENTS = "科室;床位\n内科;40\n外科;35\n儿科;20\n"
WHAT_IT_IS = {
    "update_cycle": "yearly",
    "sharing": "unconditional",
    "opening": "open",
    "classification": "public",
    "grade": "general",
}
OWNERS_TERMS = """columns:
  科室: [show, group, filter]
  床位: [show]
"""
REQUEST = {
    "dataset": "health.departments",
    "legal_basis": "统计法",
    "scenario": "年度统计",
    "purpose": "statistics",
    "scope": "全部",
    "until": (date.today() + timedelta(days=90)).isoformat(),
}
ANSWERED = "SELECT sex, count(*) AS people FROM health.patients GROUP BY sex"
WITHHELD = "SELECT age, sex, status, count(*) AS n FROM health.patients GROUP BY age, sex, status"
REFUSED = "SELECT patient_id FROM health.patients"


@contextmanager
def somebody(
    browser: Any, city: City, user: str = "", language: str = "en-US", **more: Any
) -> Iterator[Any]:
    """A page of their own, logged in unless it is the public."""
    context = browser.new_context(locale=language, base_url=city.address, **more)
    page = context.new_page()
    if user:
        page.goto("/login")
        page.fill("#username", user)
        page.fill("#password", city.password)
        page.click("main button.btn")
        page.wait_for_url("**/inbox")
    yield page
    context.close()


def step_form(page: Any, case: str, step: str, **fields: str) -> Any:
    """The step's form on the case's page, unfolded and filled in."""
    page.goto(f"/case/{case}")
    form = page.locator(f'form[action$="/{step}"]')
    form.locator("xpath=..").evaluate("details => details.open = true")
    for name, value in fields.items():
        form.locator(f'[name="{name}"]').fill(value)
    return form


def press(page: Any, case: str, step: str, **fields: str) -> None:
    form = step_form(page, case, step, **fields)
    with page.expect_navigation():
        form.locator("button.btn").click()


def times_taken(page: Any, case: str, label: str) -> int:
    page.goto(f"/case/{case}")
    return sum(label in line for line in page.locator(".timeline strong").all_inner_texts())


def ask(page: Any, sql: str, button: str = "ask") -> str:
    """What the workbench says to a question."""
    page.fill("#sql", sql)
    with page.expect_navigation():
        page.click(f'button[value="{button}"]')
    return str(page.inner_text("main"))


def sequenced(page: Any, address: str) -> str:
    """The receipt, once its entry has its place in the log; until then the answer is 202."""
    for _ in range(60):
        response = page.request.get(address)
        if response.status == 200:
            return str(response.text())
        page.wait_for_timeout(500)
    raise AssertionError("the entry was not sequenced within half a minute")


def test_a_dataset_goes_from_an_upload_to_the_public_and_to_another_agency(
    browser: Any, city: City, tmp_path: Path
) -> None:
    file = tmp_path / "departments.csv"
    file.write_bytes(DEPARTMENTS.encode("gbk"))
    with somebody(browser, city, "health") as page:
        upload(page, file)
        describe(page)
        set_terms(page)
        review = open_review(page)
        assess_with_a_double_click(page, review)
    with somebody(browser, city, "health.head") as page:
        approve_three_times(page, review)
    with somebody(browser, city, "bureau") as page:
        press(page, review, "pass")
        assert "Published" in page.inner_text("main")
    with somebody(browser, city, java_script_enabled=False) as page:
        find_and_read(page)
    grant = share(browser, city)
    with somebody(browser, city, "statistics") as page:
        page.goto(f"/query?grant={grant}")
        assert "儿科" in ask(page, "SELECT 科室, 床位 FROM health.departments")
    with somebody(browser, city) as page:
        see_it_disclosed(page, grant)


def upload(page: Any, file: Path) -> None:
    page.goto("/dataset/new")
    page.select_option("#domain", "health")
    page.fill("#name", "departments")
    page.fill("#title_zh", "医院科室床位")
    page.click("main button.btn")
    page.wait_for_url("**/edit")
    page.set_input_files("#file", str(file))
    page.click('button[value="upload"]')
    page.wait_for_url("**/job/**")
    page.wait_for_selector("text=done", timeout=60_000)


def describe(page: Any) -> None:
    page.goto("/dataset/health.departments/edit")
    page.fill("#f-format", "csv")
    page.fill("#f-level", "1")
    for name, value in WHAT_IT_IS.items():
        page.select_option(f"#f-{name}", value)
    page.click('button[value="describe"]')
    page.wait_for_selector("text=The entry is described.")


def set_terms(page: Any) -> None:
    """First with a mistake: the page says where, and keeps what was written."""
    page.fill("#terms", OWNERS_TERMS + "k: [")
    page.click('button[value="terms"]')
    assert "Line 4, column 5" in page.inner_text("[role=alert]")
    assert "科室" in page.input_value("#terms")
    page.fill("#terms", OWNERS_TERMS)
    page.click('button[value="terms"]')
    page.wait_for_selector("text=The terms are set.")
    assert "床位" in page.input_value("#terms")


def open_review(page: Any) -> str:
    page.click("text=Have it reviewed and published")
    page.click("main button.btn")
    page.wait_for_url("**/case/C-*")
    return str(page.url.rsplit("/", 1)[-1])


def assess_with_a_double_click(page: Any, case: str) -> None:
    form = step_form(page, case, "assess", secrecy="不涉及", personal_information="不涉及个人信息")
    with page.expect_navigation():
        form.locator("button.btn").dblclick()
    page.wait_for_load_state("networkidle")
    assert times_taken(page, case, "Assess risks") == 1


# Twice at once, and once more when both are answered; a form carries a key for this.
SUBMIT_THRICE = """async form => {
  const submit = () => fetch(form.action, {method: "POST", body: new FormData(form)});
  const answers = await Promise.all([submit(), submit()]);
  return [...answers, await submit()].map(answer => answer.status);
}"""


def approve_three_times(page: Any, case: str) -> None:
    form = step_form(page, case, "approve")
    assert form.evaluate(SUBMIT_THRICE) == [200, 200, 200]
    assert times_taken(page, case, "Approve and submit") == 1


def find_and_read(page: Any) -> None:
    """Without a script: search, the preview of open data, the file."""
    for _ in range(60):  # the worker writes the index each second
        page.goto("/search?q=科室")
        if "医院科室床位" in page.inner_text("main"):
            break
        page.wait_for_timeout(300)
    page.click("text=医院科室床位")
    assert "儿科" in page.inner_text("main")
    file = page.request.get("/dataset/health.departments/download.csv")
    assert "departments.v1.csv" in file.headers["content-disposition"]
    assert "儿科" in file.text()


def share(browser: Any, city: City) -> str:
    """Another agency asks for it and gets a grant, whose number this gives."""
    with somebody(browser, city, "statistics") as page:
        page.goto("/case/new/sharing_request?dataset=health.departments")
        for name, value in REQUEST.items():
            page.fill(f'[name="{name}"]', value)
        page.click("main button.btn")
        page.wait_for_url("**/case/C-*")
        case = page.url.rsplit("/", 1)[-1]
    for who, step in (("statistics.head", "submit"), ("health.head", "consent")):
        with somebody(browser, city, who) as page:
            press(page, case, step)
    with somebody(browser, city, "health") as page:
        press(page, case, "deliver")
        link = page.locator('main a[href^="/grant/"]').get_attribute("href")
    return str(link.rsplit("/", 1)[-1])


def see_it_disclosed(page: Any, grant: str) -> None:
    page.goto("/disclosure")
    line = page.locator("#grants tr", has_text=grant)
    assert "Yunxi Statistics Bureau" in line.inner_text()
    assert "医院科室床位" in line.inner_text()
    assert "statistics" in line.inner_text()
    use = page.locator("#use tr", has_text=grant)
    assert use.locator("td.num").first.inner_text() == "1"
    use.locator("a").click()
    assert page.locator("main tbody tr").count() == 2  # issued, and asked once


def test_the_operator_asks_and_a_stranger_verifies(browser: Any, city: City) -> None:
    with somebody(browser, city, "operator") as page:
        page.goto("/query")
        assert "Something is withheld" in ask(page, WITHHELD)
        assert "receipt" in ask(page, ANSWERED)
        href = page.locator('a[href^="/receipt/"]').first.get_attribute("href")
        receipt = sequenced(page, f"{href}.json")
    assert json.loads(receipt)["format"] == "gongshu-receipt/1"
    with somebody(browser, city) as page:
        page.goto("/verify")
        page.fill("#text", receipt)
        page.click("main form button.btn")
        assert "Verified." in page.inner_text("main")
        page.fill("#text", receipt.replace("query.answered", "query.answerec", 1))
        page.click("main form button.btn")
        assert "Not verified." in page.inner_text("main")


def test_a_refusal_marks_what_is_refused_and_says_what_to_do_instead(
    browser: Any, city: City
) -> None:
    with somebody(browser, city, "operator") as page:
        page.goto("/query")
        said = ask(page, REFUSED)
        assert "the right “show”" in said
        assert page.inner_text("mark.refused") == "patient_id"
        assert page.inner_text("pre:has(mark.refused)") == REFUSED
        assert page.locator("pre:has(mark.refused) + .note").inner_text()  # what to do instead
        assert page.input_value("#sql") == REFUSED


def test_only_checking_asks_nothing_of_the_data(browser: Any, city: City) -> None:
    with somebody(browser, city, "operator") as page:
        page.goto("/query")
        said = ask(page, ANSWERED, "check")
        assert "This question would be answered." in said
        assert page.locator('a[href^="/receipt/"], table.data').count() == 0
        assert "no right" in ask(page, REFUSED, "check")
        page.click("text=What a grant would need to allow this")
        assert "show" in page.inner_text("details[open] pre")


READ = {
    "/": "Cities of China",
    "/search?q=城市": "Cities of China",
    "/dataset/health.patients": "weight_kg",
    "/dataset/geography.cities?page=2": "name_zh",
    "/disclosure": "G-2026-0001",
    "/ledger": "Question answered",
    "/verify": "gongshu verify",
}


def test_what_people_read_needs_no_script(browser: Any, city: City) -> None:
    with somebody(browser, city, java_script_enabled=False) as page:
        for path, text in READ.items():
            assert page.goto(path).status == 200
            assert text.replace("2026", str(date.today().year)) in page.inner_text("main"), path
        page.goto("/ledger?event=query.answered")
        page.locator("main tbody a").first.click()
        page.click("text=The entry, byte for byte")
        assert '"event":"query.answered"' in page.inner_text("pre")
        page.click("main a.btn")
        assert "c2sp.org/tlog-proof" in page.inner_text("main")


PUBLIC = (
    *("/", "/search", "/dataset/geography.cities", "/disclosure", "/ledger"),
    *("/verify", "/login", "/registrations"),
)
MEMBERS = (
    *("/inbox", "/grants", "/mine", "/query", "/dataset/new", "/dataset/health.patients"),
    *("/dataset/health.patients/edit", "/case/new/authorised_operation"),
)
BUREAU = (
    *("/audit", "/evaluation", "/monitoring", "/escalations", "/duties", "/account"),
    "/account/notices",
)


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_no_page_is_wider_than_a_phone(browser: Any, city: City, language: str) -> None:
    phone = {"viewport": {"width": 390, "height": 800}}
    for user, paths in (("", PUBLIC), ("health", MEMBERS), ("bureau", BUREAU)):
        with somebody(browser, city, user, language, **phone) as page:
            for path in (*paths, *(links(page) if paths is MEMBERS else ())):
                page.goto(path)
                assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def links(page: Any) -> list[str]:
    """A case and a grant, whatever their numbers are."""
    page.goto("/grants")
    grant = page.locator('a[href^="/grant/"]').first.get_attribute("href")
    page.goto(grant)
    return [grant, page.locator('a[href^="/case/"]').first.get_attribute("href")]
