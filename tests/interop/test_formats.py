"""The protocols as real catalogues speak them: forms, encodings, paging, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph
from tests.interop.conftest import SPEC, Portal, Reply, fixed, package

from gongshu.interop.harvest import ckan, dcat, dcat_us, fetch
from gongshu.interop.harvest.answer import Answer
from gongshu.interop.harvest.fetch import Unreachable
from gongshu.interop.harvest.model import Broken, Page, Record, local_identity, plain
from gongshu.rules.problems import BadInput

TURTLE = (SPEC / "catalog.ttl").read_text()
DUMPS = Path("../shared/data")


def given(body: bytes, kind: str = "", **more: Any) -> Any:
    return lambda url: Answer(url, body, kind, **more)


def records(page: Page) -> dict[str, Record]:
    return {one.identifier: one for one in page.records if isinstance(one, Record)}


def test_dcat_is_read_with_its_nodes_texts_and_traps() -> None:
    url = "https://data.example.org/catalog.ttl"
    page = dcat.read_page(url, "", given(TURTLE.encode(), "text/turtle"))
    found = records(page)
    assert set(found) == {"trees-1", "~/d/noise"}
    trees = found["trees-1"]
    assert trees.values == {
        "title_zh": "行道树名录",
        "title_en": "Street trees",
        "summary_zh": "每一棵行道树。\n关键词：trees、绿化",
        "summary_en": "Every street tree",
        "format": "csv",
        "licence": "4.0",
        "attribution": "Example Parks Bureau",
        "source_url": "https://data.example.org/d/trees",
        "update_cycle": "monthly",
        "opening": "open",
    }
    assert trees.unmapped == ("adms:versionNotes",)
    assert found["~/d/noise"].publisher == "Example Environment Office"
    assert found["~/d/noise"].links[0]["url"] == "https://data.example.org/noise"
    assert found["~/d/noise"].values["opening"] == "conditional"  # nothing is claimed for it


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("xml", "application/rdf+xml"),
        ("json-ld", "application/ld+json"),
        ("nt", "application/n-triples"),
    ],
)
def test_every_form_of_rdf_says_the_same(form: str, kind: str) -> None:
    url = "https://data.example.org/catalog"
    body = Graph().parse(data=TURTLE).serialize(format=form).encode()
    first = records(dcat.read_page(url, "", given(TURTLE.encode(), "text/turtle")))
    again = records(dcat.read_page(url, "", given(body, kind)))
    guessed = records(dcat.read_page(url, "", given(body, ""))) if form != "nt" else again
    assert {k: r.digest for k, r in again.items()} == {k: r.digest for k, r in first.items()}
    assert set(guessed) == set(first)


@pytest.mark.parametrize("moved", ["https://data.example.org", "http://www.data.example.org"])
def test_an_iri_at_the_catalogues_own_host_counts_without_it(moved: str) -> None:
    before = dcat.read_page("https://data.example.org/c", "", given(TURTLE.encode(), "text/turtle"))
    body = TURTLE.replace("https://data.example.org", "https://open.example.net").encode()
    after = dcat.read_page("https://open.example.net/c", "", given(body, "text/turtle"))
    assert set(records(before)) == set(records(after))
    assert local_identity(f"{moved}/d/1", ["data.example.org"]) == "~/d/1"
    assert (
        local_identity("https://elsewhere.org/d/1", ["data.example.org"]) == "//elsewhere.org/d/1"
    )


def hydra(number: int, last: int) -> bytes:
    more = f"hydra:view [ hydra:next </catalog?page={number + 1}> ] ;" if number < last else ""
    return f"""@prefix dcat: <http://www.w3.org/ns/dcat#> .
        @prefix dct: <http://purl.org/dc/terms/> .
        @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
        <> a hydra:PagedCollection ; {more} hydra:totalItems 3 .
        <urn:d:{number}> a dcat:Dataset ; dct:title "Number {number}" .""".encode()


def walked(url: str) -> list[str]:
    found, position = [], ""
    for _ in range(10):
        page = dcat.read_page(url, position, fetch.get)
        found += list(records(page))
        position = page.next
        if not position:
            return found
    raise AssertionError("it goes round")


def test_pages_follow_by_hydra_and_by_link(portal: Portal) -> None:
    portal.answer = lambda path, query: Reply(
        hydra(int(query.get("page", ["1"])[0]), 3), 200, "text/turtle"
    )
    assert walked(f"{portal.url}/catalog") == ["urn:d:1", "urn:d:2", "urn:d:3"]

    def linked(path: str, query: dict[str, list[str]]) -> Reply:
        number = int(query.get("page", ["1"])[0])
        more = {"Link": f'</c?page={number + 1}>; rel="next"'} if number < 3 else {}
        return Reply(hydra(number, 0), 200, "text/turtle", more)

    portal.answer = linked
    assert walked(f"{portal.url}/c") == ["urn:d:1", "urn:d:2", "urn:d:3"]


def test_a_next_page_at_another_host_is_not_followed() -> None:
    with pytest.raises(BadInput, match="page_elsewhere"):
        dcat.read_page("https://a.example/c", "https://b.example/c?page=2", given(b""))


@pytest.mark.parametrize(
    "context", ["https://evil.example/c.jsonld", {"@import": "http://e.example"}]
)
def test_a_foreign_context_is_refused_and_never_asked_for(context: Any, portal: Portal) -> None:
    if isinstance(context, str):
        context = f"{portal.url}/context.jsonld"
    body = {"@context": ["http://www.w3.org/ns/dcat#", context], "@type": "dcat:Catalog"}
    with pytest.raises(BadInput, match="foreign_context"):
        dcat.read_page("https://a.example/c", "", given(json.dumps(body).encode()))
    assert portal.asked == []


def test_a_known_context_needs_no_net() -> None:
    body = {
        "@context": "http://www.w3.org/ns/dcat.jsonld",
        "@id": "urn:x",
        "@type": "dcat:Dataset",
        "dct:title": "Known",
    }
    page = dcat.read_page("https://a.example/c", "", given(json.dumps(body).encode()))
    assert list(records(page)) == ["urn:x"]


def test_xml_that_explodes_is_refused_before_it_is_parsed() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&b;</rdf:RDF>'
    )
    for body in (bomb.encode(), bomb.encode("utf-16")):
        with pytest.raises(BadInput, match="doctype"):
            dcat.read_page("https://a.example/c.rdf", "", given(body, "application/rdf+xml"))


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe\x00", b"@prefix", b"[]"])
def test_what_is_no_catalogue_is_one_sentence(body: bytes) -> None:
    for read in (dcat.read_page, ckan.read_page, dcat_us.read_page):
        if read is dcat_us.read_page and body == b"[]":
            continue  # an empty list of datasets is one
        with pytest.raises(BadInput) as refused:
            read("https://a.example/c", "", given(body))
        assert refused.value.sentence.zh


def test_data_json_is_read_without_its_context() -> None:
    page = dcat_us.read_page(
        "https://portal.example.org/data.json", "", given((SPEC / "data.json").read_bytes())
    )
    found = records(page)
    assert set(found) == {"~/id/permits", "inspections"}
    permits = found["~/id/permits"]
    assert permits.values["summary_en"].splitlines()[0] == "Permits issued & refused"
    assert (permits.values["update_cycle"], permits.values["opening"]) == ("weekly", "open")
    assert len(permits.links) == 1  # what is no address is no link
    assert permits.unmapped == ("bureauCode",)
    assert found["inspections"].values["opening"] == "closed"
    broken = [one for one in page.records if isinstance(one, Broken)]
    assert [one.index for one in broken] == [1, 2]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("declared", [True, False])
def test_three_encodings_are_read_declared_or_not(encoding: str, declared: bool) -> None:
    body = json.dumps({"results": [package(1, title="公交线路")], "count": 1}, ensure_ascii=False)
    charset = encoding.removesuffix("-sig") if declared else ""
    page = ckan.read_page("https://a/x.json", "", given(body.encode(encoding), charset=charset))
    assert records(page)["id-0001"].values["title_zh"] == "公交线路"
    xml = Graph().parse(data=TURTLE).serialize(format="xml")
    xml = re.sub('encoding="[^"]*"', f'encoding="{encoding.removesuffix("-sig")}"', xml)
    page = dcat.read_page("https://a/x.rdf", "", given(xml.encode(encoding)))
    assert records(page)["trees-1"].values["title_zh"] == "行道树名录"


def test_ckan_of_both_generations() -> None:
    old = {
        "id": "a",
        "title": "Old",
        "extras": {"frequency": "annual", "language": "en"},
        "tags": ["one", "two"],
        "groups": ["culture"],
        "license": "OGL",
        "license_id": "uk-ogl",
    }
    body = json.dumps({"count": 2, "results": [old, package(2)]}).encode()
    found = records(ckan.read_page("https://a/dump.json", "", given(body)))
    assert found["a"].values["summary_en"] == "Keywords: one, two"
    assert (found["a"].values["update_cycle"], found["a"].licence) == ("yearly", "OGL")
    assert found["a"].unmapped == ("extras.language",)
    assert found["a"].themes == ("culture",)
    assert found["id-0002"].unmapped == ()


def test_a_ckan_error_is_told() -> None:
    body = b'{"success": false, "error": {"message": "no"}}'
    with pytest.raises(BadInput, match="not_ckan"):
        ckan.read_page("https://a", "", given(body))


@pytest.mark.parametrize("base", ["", "/", "/api/3/action", "/api/3/action/package_search"])
def test_a_portal_is_named_by_any_of_its_addresses(base: str) -> None:
    asked: list[str] = []

    def get(url: str) -> Answer:
        asked.append(url)
        return Answer(url, b'{"success": true, "result": {"count": 0, "results": []}}')

    ckan.read_page(f"https://a.example{base}", "", get)
    assert asked[0].startswith("https://a.example/api/3/action/package_search?rows=")


def test_closed_networks_stay_closed(portal: Portal, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ()
    settings.DEBUG = False
    for url in (portal.url, "http://169.254.169.254/latest", "http://[::1]:1/", "ftp://a/b"):
        with pytest.raises(Unreachable):
            fetch.get(url)
    assert portal.asked == []


def test_a_redirect_into_a_closed_network_is_not_followed(portal: Portal) -> None:
    portal.answer = lambda path, query: Reply(
        b"", 302, headers={"Location": "http://169.254.169.254/"}
    )
    with pytest.raises(Unreachable):
        fetch.get(portal.url)
    portal.answer = lambda path, query: Reply(b"", 302, headers={"Location": "/again"})
    with pytest.raises(Unreachable):
        fetch.get(portal.url)


def test_an_answer_without_end_is_cut_off(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "LARGEST", 1000)
    monkeypatch.setattr(fetch, "PIECE", 100)
    portal.answer = fixed(b"x" * 5000)
    with pytest.raises(Unreachable):
        fetch.get(portal.url)


def test_html_becomes_what_a_reader_sees() -> None:
    assert plain("<p>a &amp; b</p><script>alert(1)</script><ul><li>c</li></ul>") == "a & b\nc"
    assert plain("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"
    assert plain("x\0y") == "xy"


@pytest.mark.skipif(not DUMPS.exists(), reason="the dumps of real catalogues are not here")
@pytest.mark.parametrize(
    ("name", "read", "number"),
    [
        ("dcat-scotland/edinburgh.json", dcat.read_page, 44),
        ("dcat-scotland/glasgow.json", dcat.read_page, 68),
        ("dcat-scotland/highland.json", dcat.read_page, 22),
        ("ckan-datacatalogs-dump/ckan-export.json", ckan.read_page, 390),
    ],
)
def test_real_catalogues_come_in_whole(name: str, read: Any, number: int, portal: Portal) -> None:
    portal.answer = fixed((DUMPS / name).read_bytes())
    page = read(f"{portal.url}/{name}", "", fetch.get)
    assert len(records(page)) == number
    assert not [one for one in page.records if isinstance(one, Broken)]
