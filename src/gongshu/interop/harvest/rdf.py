"""An answer read as RDF, with nothing fetched and nothing that explodes.

A JSON-LD context that is an address is never asked for: the few that are known mean the prefixes
below, any other is refused. RDF/XML with a DOCTYPE is refused, since entities come that way.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rdflib import Graph

from gongshu.interop.harvest.answer import Answer
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "adms": "http://www.w3.org/ns/adms#",
    "schema": "http://schema.org/",
}
KNOWN_CONTEXTS = re.compile(
    r"https?://(www\.w3\.org/ns/(dcat|hydra/core|hydra/context)(\.jsonld|#)?"
    r"|(\w+\.)*(semic\.eu|semiceu\.github\.io|w3id\.org)/\S*dcat\S*)"
)
FORMATS = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "text/n3": "n3",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
}
BY_NAME = {"ttl": "turtle", "n3": "n3", "nt": "nt", "rdf": "xml", "xml": "xml"}
BY_NAME |= {"jsonld": "json-ld", "json": "json-ld"}
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
DECLARED = re.compile(rb"^[^>]{0,200}?encoding=[\"']([\w.:-]+)[\"']")


def graph_of(answer: Answer) -> Graph:
    form = _form(answer)
    if form == "xml":
        found = DECLARED.match(answer.body[:300])
        text = answer.text(found[1].decode("ascii", "replace") if found else "")
        text = DECLARATION.sub("", text, count=1)
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise BadInput(
                "doctype",
                Sentence(
                    en="The RDF/XML has a DOCTYPE; such files are not read.",
                    zh="RDF/XML 含有 DOCTYPE，此类文件不予读取。",
                ),
                field="url",
            )
    else:
        text = answer.text()
    if form == "json-ld":
        text = json.dumps(_inlined(answer.json()))
    graph = Graph(bind_namespaces="none")
    try:
        with _quiet():
            graph.parse(data=text, format=form, publicID=answer.url)
    except Exception as error:  # rdflib has no error of its own for all its parsers
        raise BadInput(
            "not_rdf",
            Sentence(
                en=f"What came cannot be read as {form}: {str(error)[:200]}",
                zh=f"返回的内容无法按 {form} 读取：{str(error)[:200]}",
            ),
            field="url",
        ) from None
    return graph


def _form(answer: Answer) -> str:
    if answer.kind in FORMATS:
        return FORMATS[answer.kind]
    name = answer.url.split("?", 1)[0].rsplit("/", 1)[-1]
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if suffix in BY_NAME:
        return BY_NAME[suffix]
    start = answer.text()[:200].lstrip("\ufeff \t\r\n")
    return (
        "xml"
        if start.startswith("<?xml") or "<rdf:RDF" in start
        else ("json-ld" if start[:1] in ("{", "[") else "turtle")
    )


def _inlined(value: Any) -> Any:
    """Every context that is an address, replaced by what it is known to mean."""
    if isinstance(value, list):
        return [_inlined(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {k: _context(v) if k == "@context" else _inlined(v) for k, v in value.items()}


def _context(found: Any) -> Any:
    if isinstance(found, list):
        return [_context(one) for one in found]
    if isinstance(found, dict):
        if "@import" in found:
            raise _foreign(str(found["@import"]))
        return {k: _context(v) if k == "@context" else _term(v) for k, v in found.items()}
    if isinstance(found, str):
        if KNOWN_CONTEXTS.fullmatch(found):
            return dict(PREFIXES)
        raise _foreign(found)
    return found


def _term(value: Any) -> Any:
    """A term may have a context of its own."""
    if isinstance(value, dict) and "@context" in value:
        return {**value, "@context": _context(value["@context"])}
    return value


def _foreign(address: str) -> BadInput:
    return BadInput(
        "foreign_context",
        Sentence(
            en=f"The JSON-LD takes its words from {address[:200]}, which is not asked for.",
            zh=f"JSON-LD 引用了外部上下文 {address[:200]}，平台不会读取。",
        ),
        suggestion=Sentence(
            en="Read the catalogue as Turtle or RDF/XML.", zh="请改用 Turtle 或 RDF/XML。"
        ),
        field="url",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """rdflib warns of every address that is not quite one, and of its own class for JSON-LD."""
    log = logging.getLogger("rdflib.term")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        log.setLevel(before)
