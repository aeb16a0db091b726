"""The same by clicking, in a real browser: from an upload to a verified receipt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import City

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DEPARTMENTS = "科室;床位\n内科;40\n外科;35\n儿科;20\n"
ANSWERED = "SELECT sex, count(*) AS people FROM health.patients GROUP BY sex"
WITHHELD = "SELECT age, sex, status, count(*) AS n FROM health.patients GROUP BY age, sex, status"
REFUSED = "SELECT patient_id FROM health.patients"


@contextmanager
def somebody(browser: Any, city: City, user: str = "", **more: Any) -> Iterator[Any]:
    """A page of their own, logged in unless it is the public."""
    context = browser.new_context(locale="en-US", base_url=city.address, **more)
    page = context.new_page()
    if user:
        page.goto("/login")
        page.fill("#username", user)
        page.fill("#password", city.password)
        page.click("main button.btn")
        page.wait_for_url("**/inbox")
    yield page
    context.close()


def press(page: Any, case: str, step: str, **fields: str) -> None:
    page.goto(f"/case/{case}")
    form = page.locator(f'form[action$="/{step}"]')
    form.locator("xpath=..").evaluate("details => details.open = true")
    for name, value in fields.items():
        form.locator(f'[name="{name}"]').fill(value)
    form.locator("button.btn").click()
    page.wait_for_load_state()


def sequenced(page: Any, address: str) -> str:
    """The receipt, once its entry has its place in the log; until then the answer is 202."""
    for _ in range(60):
        response = page.request.get(address)
        if response.status == 200:
            return str(response.text())
        page.wait_for_timeout(500)
    raise AssertionError("the entry was not sequenced within half a minute")


def test_a_dataset_goes_from_an_upload_to_the_public_by_clicking(
    browser: Any, city: City, tmp_path: Path
) -> None:
    file = tmp_path / "departments.csv"
    file.write_bytes(DEPARTMENTS.encode("gbk"))
    with somebody(browser, city, "health") as page:
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
        page.goto("/dataset/health.departments/edit")
        page.fill("#f-format", "csv")
        for name, value in {
            "update_cycle": "yearly",
            "sharing": "unconditional",
            "opening": "open",
            "classification": "public",
            "grade": "general",
        }.items():
            page.select_option(f"#f-{name}", value)
        page.fill("#f-level", "1")
        page.click('button[value="describe"]')
        page.wait_for_selector("text=The entry is described.")
        page.goto("/case/new/catalogue_entry?dataset=health.departments")
        page.click("main button.btn")
        page.wait_for_url("**/case/C-*")
        case = page.url.rsplit("/", 1)[-1]
        press(page, case, "assess", secrecy="不涉及", personal_information="不涉及个人信息")
    with somebody(browser, city, "health.head") as page:
        press(page, case, "approve")
    with somebody(browser, city, "bureau") as page:
        press(page, case, "pass")
        assert "Published" in page.inner_text("main")
    with somebody(browser, city, java_script_enabled=False) as page:
        page.wait_for_timeout(3000)  # the worker writes the index each second
        page.goto("/search?q=科室")
        page.click("text=医院科室床位")
        assert "儿科" in page.inner_text("main")  # the preview of open data, without a script
        assert (
            "departments.v1.csv"
            in page.request.get(f"{city.address}/dataset/health.departments/download.csv").headers[
                "content-disposition"
            ]
        )


def test_the_operator_asks_and_a_stranger_verifies(browser: Any, city: City) -> None:
    with somebody(browser, city, "operator") as page:
        page.goto("/query")
        for sql, said in (
            (WITHHELD, "Something is withheld"),
            (REFUSED, "the right “show”"),
            (ANSWERED, "receipt"),
        ):
            page.fill("#sql", sql)
            page.click('button[value="ask"]')
            page.wait_for_load_state()
            assert said in page.inner_text("main")
        href = page.locator('a[href^="/receipt/"]').first.get_attribute("href")
        receipt = sequenced(page, f"{city.address}{href}.json")
    assert json.loads(receipt)["format"] == "gongshu-receipt/1"
    with somebody(browser, city) as page:
        page.goto("/verify")
        page.fill("#text", receipt)
        page.click("main form button.btn")
        assert "Verified." in page.inner_text("main")
        page.fill("#text", receipt.replace("query.answered", "query.answerec", 1))
        page.click("main form button.btn")
        assert "Not verified." in page.inner_text("main")


def test_no_page_is_wider_than_a_phone(browser: Any, city: City) -> None:
    phone = {"viewport": {"width": 390, "height": 800}}
    with somebody(browser, city, "health", **phone) as page:
        for path in (
            "/",
            "/search",
            "/dataset/health.patients",
            "/inbox",
            "/grants",
            "/disclosure",
        ):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
