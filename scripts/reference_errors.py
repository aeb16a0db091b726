"""docs/reference/errors.md: every refusal's code with its sentences, read from the source.

A refusal is written where it is decided, as `Problem(code, Sentence(en=…, zh=…), suggestion=…)`
or through a small function that makes one of two texts. Both are found in the syntax trees; what
stands in tables (the engine's failures, a grant's standing, a procedure's guards) is read there.
"""

from __future__ import annotations

import ast
import importlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongshu.rules.problems import status_of
from gongshu.rules.procedure import Refused as RuleOutcome
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Problem, Sentence

SOURCE = Path(__file__).parent.parent / "src"
HEAD = """# Refusals and problems 拒绝与错误代码

What a person or a program did wrong is one sentence, in the reader's language, and where there is
something better to do, one more. The page shows both, the shell prints both and ends with exit
code 1, the API answers with an RFC 9457 document:

    HTTP/1.1 422
    Content-Type: application/problem+json

    {"title": "The request cannot be carried out", "status": 422, "code": "no_right",
     "detail": "…", "span": [7, 12], "suggestion": "…"}

`code` is stable; the sentences may become clearer. `{…}` stands for what the sentence names.
A sentence never quotes a value of the data. *HTTP* is the status under `/api/`; codes without one
are met at the shell, in a notebook or in a job only.
"""


@dataclass(frozen=True)
class Found:
    """One sentence with what to do instead, as they are written in the source."""

    en: str
    zh: str
    instead_en: str = ""
    instead_zh: str = ""


@dataclass(frozen=True)
class Maker:
    """A function that makes a refusal of two texts: which of its parameters they are."""

    code: str | None  # None: it is a parameter, too
    parameters: tuple[str, ...]
    kind: type | None  # of the refusal
    en: str  # what it makes of the texts, with {en} and {zh} for them
    zh: str


def page() -> str:
    found = collect()
    lines = [HEAD]
    for code in sorted(found):
        status, sentences = found[code]
        http = f" · HTTP {status}" if status else ""
        lines += [f"## `{code}`{http}", "", "| | |", "|---|---|"]
        for one in sorted(sentences, key=lambda s: (s.en, s.zh, s.instead_en, s.instead_zh)):
            lines.append(f"| {_cell(one.en, one.instead_en)} | {_cell(one.zh, one.instead_zh)} |")
        lines.append("")
    return "\n".join(lines)


def collect() -> dict[str, tuple[int | None, set[Found]]]:
    """code → its status and all its sentences."""
    sentences: dict[str, set[Found]] = defaultdict(set)
    statuses: dict[str, int | None] = {}
    rooms = {path: ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}
    makers = {name: made for path, tree in rooms.items() for name, made in Room(path).makers(tree)}
    for path, tree in rooms.items():
        if "migrations" in path.parts or "demo" in path.parts:
            continue
        room = Room(path)
        for code, one, kind in room.refusals(tree, makers):
            sentences[code].add(one)
            statuses[code] = statuses.get(code) or _status(code, kind)
    for code, sentence, suggestion, status in _of_tables():
        sentences[code].add(_found(sentence, suggestion))
        statuses[code] = statuses.get(code) or status
    return {code: (statuses.get(code), found) for code, found in sentences.items()}


class Room:
    """One module: names in it are looked up in the module itself."""

    def __init__(self, path: Path) -> None:
        parts = path.relative_to(SOURCE).with_suffix("").parts
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def refusals(
        self, tree: ast.Module, makers: dict[str, Maker]
    ) -> Iterator[tuple[str, Found, type | None]]:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = _name(node.func)
            if name in makers:
                yield from self._made(node, makers[name])
            elif len(node.args) > 1 and self._is_problem(node, name):
                yield from self._raised(node, name)

    def _raised(self, node: ast.Call, name: str) -> Iterator[tuple[str, Found, type | None]]:
        code = _constant(node.args[0])
        if name == "TermsProblem":
            code = "terms"
        kind = self._class(name)
        suggestion = next((k.value for k in node.keywords if k.arg == "suggestion"), None)
        for en, zh in self._texts(node.args[1]) if code else ():
            for instead in list(self._texts(suggestion)) or [("", "")]:
                yield code or "", Found(en, zh, *instead), kind

    def _made(self, node: ast.Call, maker: Maker) -> Iterator[tuple[str, Found, type | None]]:
        given: dict[str, ast.expr] = dict(zip(maker.parameters, node.args, strict=False))
        given |= {k.arg: k.value for k in node.keywords if k.arg}
        code = maker.code or _constant(given.get("code"))
        en, zh = _text(given.get("en")), _text(given.get("zh"))
        use = given.get("use")
        instead = (
            tuple(_text(part) for part in use.elts) if isinstance(use, ast.Tuple) else ("", "")
        )
        if code and en and zh:
            whole = maker.en.replace("{en}", en), maker.zh.replace("{zh}", zh)
            yield code, Found(*whole, *instead), maker.kind

    def _is_problem(self, node: ast.Call, name: str) -> bool:
        if name == "__init__":  # of a Problem's own class
            return _constant(node.args[0]) is not None and bool(list(self._texts(node.args[1])))
        kind = self._class(name)
        return kind is not None and issubclass(kind, Problem | RuleOutcome)

    def _texts(self, node: ast.expr | None) -> Iterator[tuple[str, str]]:
        """Both languages of a sentence, written here or named here."""
        if isinstance(node, ast.IfExp):
            yield from self._texts(node.body)
            yield from self._texts(node.orelse)
        elif isinstance(node, ast.Call) and _name(node.func) == "Sentence":
            given = {k.arg: k.value for k in node.keywords}
            parts = dict(zip(("en", "zh"), node.args, strict=False)) | given
            en, zh = _text(parts.get("en")), _text(parts.get("zh"))
            if en and zh and not {en, zh} & {"{…}"} and "{en}" not in en:
                yield en, zh
        elif isinstance(node, ast.Name):
            known = self._look_up(node.id)
            if isinstance(known, Sentence):
                yield known.en, known.zh

    def makers(self, tree: ast.Module) -> Iterator[tuple[str, Maker]]:
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            parameters = tuple(a.arg for a in (*function.args.args, *function.args.kwonlyargs))
            if not {"en", "zh"} <= set(parameters):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and len(node.args) > 1 and _passes_on(node.args[1]):
                    name = _name(node.func)
                    # What goes beyond an owner's terms is gathered, then raised as one.
                    beyond = name == "Violation"
                    code = "beyond_owner" if beyond else _constant(node.args[0])
                    kind = None if beyond else self._class(name)
                    yield function.name, Maker(code, parameters, kind, *_template(node.args[1]))

    def _class(self, name: str) -> type | None:
        found = self._look_up(name)
        return found if isinstance(found, type) else None

    def _look_up(self, name: str) -> Any:
        return getattr(importlib.import_module(self.name), name, None) if name else None


def _passes_on(node: ast.expr) -> bool:
    """A sentence of the function's own parameters `en` and `zh`."""
    if not (isinstance(node, ast.Call) and _name(node.func) == "Sentence"):
        return False
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return {"en", "zh"} <= names


def _template(node: ast.expr) -> tuple[str, str]:
    assert isinstance(node, ast.Call)
    parts = dict(zip(("en", "zh"), node.args, strict=False))
    parts |= {k.arg: k.value for k in node.keywords if k.arg}
    return _text(parts["en"]) or "{en}", _text(parts["zh"]) or "{zh}"


def _of_tables() -> Iterator[tuple[str, Sentence, Sentence | None, int | None]]:
    from gongshu import api  # here: they need Django
    from gongshu.cases.forms import OTHERWISE
    from gongshu.cases.forms import SENTENCES as SENTENCES_OF_FORMS
    from gongshu.data.engines.failures import SENTENCES, SUGGESTIONS
    from gongshu.data.policy.refusals import Refused
    from gongshu.data.policy.terms_problems import _SAYINGS
    from gongshu.gateway.refusals import ASK_ITS_CASE, NOT_IN_FORCE

    for kind, sentence in SENTENCES.items():
        code = kind if kind in ("deadline", "limit") else "engine"  # as a Gate raises it
        yield code, sentence, SUGGESTIONS.get(kind), status_of(Refused(code, sentence))
    for code, sentence in NOT_IN_FORCE.values():
        yield code, sentence, ASK_ITS_CASE, status_of(Refused(code, sentence))
    for said in (*SENTENCES_OF_FORMS.values(), OTHERWISE):
        yield "form", Sentence(said.en.format("{field}"), said.zh.format("{field}")), None, 422
    for saying in _SAYINGS.values():
        yield "terms", saying, None, 422
    for procedure in PROCEDURES.values():
        for step in procedure.steps:
            for guard in step.guards:
                yield guard.fact, guard.otherwise, None, _status(guard.fact, RuleOutcome)
    for status, code in api.PLAIN_CODES.items():
        yield code, api.TITLES[status], None, status
    yield "internal", api.OURS, None, 500
    yield "csrf", api.CSRF, None, 403
    yield "invalid", INVALID, None, 422


INVALID = Sentence(
    en="These inputs are missing or not of the expected kind: {listed}.",
    zh="以下输入缺失或类型不符：{listed}。",
)


def _status(code: str, kind: type | None) -> int | None:
    """As the API gives it; for what only the shell or a notebook meets, none."""
    from gongshu.cases.services import _refusal
    from gongshu.data.ingest.unreadable import Unreadable
    from gongshu.data.policy.refusals import Refused
    from gongshu.log.receipt import NotVerified

    said = Sentence(en="", zh="")
    if kind is RuleOutcome:
        return status_of(_refusal(RuleOutcome(code, said)))
    if kind is None or not issubclass(kind, Problem):
        return status_of(Refused(code, said)) if kind is None else None
    if issubclass(kind, Unreadable | NotVerified) or kind is Problem:
        return None
    if kind.__init__ is not Problem.__init__ and not issubclass(kind, Refused):
        return 422
    return status_of(kind(code, said))


def _found(sentence: Sentence, suggestion: Sentence | None) -> Found:
    instead = (suggestion.en, suggestion.zh) if suggestion else ("", "")
    return Found(sentence.en, sentence.zh, *instead)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _constant(node: ast.expr | None) -> str | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def _text(node: ast.expr | None) -> str:
    """The text as it is written, with `{name}` for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _hole(part.value) if isinstance(part, ast.FormattedValue) else _text(part)
            for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + (_text(node.right) or "{…}")
    return ""


def _hole(node: ast.expr) -> str:
    return f"{{{_name(node) or '…'}}}"


def _cell(text: str, instead: str) -> str:
    shown = f"{text}<br>*{instead}*" if instead else text
    return (
        shown.replace("|", "\\|").replace("<d", "&lt;d").replace("<领", "&lt;领").replace("\n", " ")
    )
