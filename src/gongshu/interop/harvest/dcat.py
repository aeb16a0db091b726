"""DCAT in RDF/XML, Turtle or JSON-LD; pages by Hydra or by `Link: rel=next`.

Identity: `dct:identifier`, else the dataset's own IRI, else its landing page. An IRI at the
catalogue's host (that of its address, of its own IRI or of its homepage) counts without the host.
Real catalogues write publishers as plain text, `accessUrl` for `accessURL`, formats as IRIs or as
words, and leave out or empty whatever they like: each of these is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib import RDF, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDFS, SKOS
from rdflib.term import Node

from gongshu.interop.harvest.answer import Answer, Get
from gongshu.interop.harvest.model import (
    Broken,
    Page,
    Record,
    Untakeable,
    bare_host,
    built,
    local_identity,
)
from gongshu.interop.harvest.rdf import PREFIXES, graph_of
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

HYDRA = Namespace(PREFIXES["hydra"])
VCARD = Namespace(PREFIXES["vcard"])
SCHEMA = Namespace(PREFIXES["schema"])
NAMES = (FOAF.name, VCARD.fn, SKOS.prefLabel, RDFS.label, DCTERMS.title)
ADDRESSES = (DCAT.downloadURL, DCAT.accessURL, URIRef(str(DCAT) + "accessUrl"))
FORMATS = (DCTERMS["format"], DCAT.mediaType)
TAKEN = frozenset(
    {
        *(RDF.type, DCTERMS.identifier, DCTERMS.title, DCTERMS.description, DCAT.keyword),
        *(DCAT.theme, DCAT.landingPage, FOAF.page, DCTERMS.publisher, DCTERMS.creator),
        *(DCTERMS.license, DCTERMS.rights, DCTERMS.accessRights, DCTERMS.accrualPeriodicity),
        *(DCTERMS.modified, DCTERMS.issued, DCAT.distribution, DCAT.contactPoint),
    }
)


def read_page(url: str, position: str, get: Get) -> Page:
    asked = position or url
    if bare_host(asked) != bare_host(url):
        raise BadInput(
            "page_elsewhere",
            Sentence(
                en="The next page lies at another host than the source.",
                zh="下一页与采集源不在同一主机。",
            ),
            field="url",
        )
    answer = get(asked)
    graph = graph_of(answer)
    datasets = sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=str)
    catalogs = list(graph.subjects(RDF.type, DCAT.Catalog))
    hosts = {bare_host(url), *_own_hosts(graph, catalogs)} - {""}
    page = Page(next=_next(graph, answer))
    for index, subject in enumerate(datasets):
        page.records.append(_record(index, graph, subject, hosts))
    if page.next == asked:
        page.next = ""
    if not datasets and not catalogs and not position:
        raise BadInput(
            "not_dcat",
            Sentence(en="There is no dcat:Dataset there.", zh="该地址没有 dcat:Dataset。"),
            field="url",
        )
    return page


def _own_hosts(graph: Graph, catalogs: Iterable[Node]) -> Iterator[str]:
    for catalog in catalogs:
        yield bare_host(str(catalog))
        for home in graph.objects(catalog, FOAF.homepage):
            yield bare_host(str(home))


def _next(graph: Graph, answer: Answer) -> str:
    for words in (HYDRA.next, HYDRA.nextPage):
        for found in graph.objects(None, words):
            return str(found)
    for part in answer.headers.get("link", "").split(","):
        address, _, rest = part.partition(";")
        if 'rel="next"' in rest or "rel=next" in rest:
            return URIRef(address.strip(" <>"), base=answer.url)
    return ""


def _record(index: int, graph: Graph, subject: Node, hosts: set[str]) -> Record | Broken:
    uri = "" if isinstance(subject, BNode) else str(subject)
    pages = [str(p) for p in (*graph.objects(subject, DCAT.landingPage),) if str(p)]
    named = _texts(graph, subject, (DCTERMS.identifier,))
    name = next(iter(named), "") or uri or (sorted(pages)[0] if pages else "")
    identifier = local_identity(name, hosts) if name else ""
    try:
        return _mapped(graph, subject, uri, pages, identifier)
    except Untakeable as why:
        return Broken(index, identifier, why.sentence)


def _mapped(graph: Graph, subject: Node, uri: str, pages: list[str], identifier: str) -> Record:
    distributions = sorted(set(graph.objects(subject, DCAT.distribution)), key=str)
    links = [_link(graph, one) for one in distributions]
    licences = [*_labels(graph, subject, (DCTERMS.license, DCTERMS.rights))]
    for one in distributions:
        licences += _labels(graph, one, (DCTERMS.license,))
    return built(
        identifier=identifier,
        titles=_texts(graph, subject, (DCTERMS.title,)),
        summaries=_texts(graph, subject, (DCTERMS.description,)),
        keywords=_texts(graph, subject, (DCAT.keyword,)),
        themes=_labels(graph, subject, (DCAT.theme,)),
        uri=uri,
        page=sorted(pages)[0] if pages else "",
        publisher=next(iter(_labels(graph, subject, (DCTERMS.publisher, DCTERMS.creator))), ""),
        licence=next((licence for licence in licences if licence), ""),
        cycle=next(iter(_labels(graph, subject, (DCTERMS.accrualPeriodicity,))), ""),
        access=next(iter(_labels(graph, subject, (DCTERMS.accessRights,))), ""),
        modified=next(iter(_texts(graph, subject, (DCTERMS.modified, DCTERMS.issued))), ""),
        links=sorted(links, key=lambda link: link["url"]),
        unmapped=_unmapped(graph, subject),
    )


def _link(graph: Graph, one: Node) -> dict[str, str]:
    own = "" if isinstance(one, BNode) else str(one)
    return {
        "title": next(iter(_texts(graph, one, (DCTERMS.title,))), ""),
        "format": next(iter(_labels(graph, one, FORMATS)), ""),
        "url": next(iter(_texts(graph, one, ADDRESSES)), own),
    }


def _texts(graph: Graph, subject: Node, words: Iterable[Node]) -> list[str]:
    """Texts and addresses, Chinese first: the same in each run, whatever order the graph has."""
    found: list[str] = []
    for word in words:
        objects = [o for o in graph.objects(subject, word) if not isinstance(o, BNode)]
        objects.sort(key=lambda o: (not _chinese(o), str(o)))
        found += [text for o in objects if (text := str(o).strip())]
    return found


def _chinese(found: Node) -> bool:
    return isinstance(found, Literal) and (found.language or "").lower().startswith("zh")


def _labels(graph: Graph, subject: Node, words: Iterable[Node]) -> list[str]:
    """What a node calls itself, else the end of its address; a text is itself."""
    found = []
    for word in words:
        for one in sorted(graph.objects(subject, word), key=str):
            text = "" if isinstance(one, Literal) else next(iter(_texts(graph, one, NAMES)), "")
            if not text and isinstance(one, URIRef):
                text = str(one).rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1]
            if not text and isinstance(one, Literal):
                text = str(one).strip()
            found += [text] if text else []
    return found


def _unmapped(graph: Graph, subject: Node) -> list[str]:
    words = {word for word, value in graph.predicate_objects(subject) if str(value).strip()}
    return sorted(_short(str(word)) for word in words - TAKEN)


def _short(word: str) -> str:
    for prefix, space in PREFIXES.items():
        if word.startswith(space):
            return f"{prefix}:{word.removeprefix(space)}"
    return word
