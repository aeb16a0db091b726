"""What people write as YAML or JSON, read: one reader for the shell's files and the pages' fields.

It gives JSON values only, so that what is read can be kept and signed: a date stays the text it
is, a key is its text (a column may be called `no` or `2024`). A key given twice is refused,
since a reader would see the first and the machine take the last; so are anchors, with which a
few lines can stand for a billion.

>>> read_mapping("term: {from: 2026-12-01}\\ncolumns: {no: [group]}")
{'term': {'from': '2026-12-01'}, 'columns': {'no': ['group']}}
>>> try:
...     read_mapping("k: 5\\nk: 10", source="terms.yaml")
... except NotYaml as problem:
...     print(problem.reason)
terms.yaml, line 2, column 1: “k” stands here twice.
"""

from __future__ import annotations

import math
from typing import Any

import yaml

from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

LONGEST = 1_000_000
INVALID = Sentence(en="this is not valid YAML.", zh="不是有效的 YAML。")
ANCHOR = Sentence(en="anchors are not read here.", zh="此处不支持锚点和引用。")
KEY = Sentence(en="a name is wanted here.", zh="此处应为名称。")
TOO_LONG = Sentence(en="the text is too long.", zh="文本过长。")
TOO_DEEP = Sentence(en="it is nested too deeply.", zh="嵌套过深。")
NOT_FINITE = Sentence(en="a finite number is wanted.", zh="应为有限的数值。")
NO_MAPPING = Sentence(en="names with their values are wanted.", zh="应为名称及其取值。")


class NotYaml(BadInput):
    """The text cannot be read; the sentence says where."""


class _Wrong(yaml.error.MarkedYAMLError):
    """Ours, with its sentence; PyYAML's own errors have an English phrase only."""

    def __init__(self, sentence: Sentence, mark: yaml.error.Mark | None) -> None:
        super().__init__(problem=sentence.en, problem_mark=mark)
        self.sentence = sentence


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Wrong(ANCHOR, event.start_mark)
        return super().compose_node(parent, index)

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        found = float(super().construct_yaml_float(node))
        if not math.isfinite(found):
            raise _Wrong(NOT_FINITE, node.start_mark)
        return found

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Wrong(KEY, key.start_mark)
            if key.value in found:
                twice = Sentence(
                    en=f"“{key.value}” stands here twice.", zh=f"“{key.value}”重复出现。"
                )
                raise _Wrong(twice, key.start_mark)
            found[key.value] = self.construct_object(value, deep=True)
        return found


# A date is not a JSON value, and `2026-13-01` would be no date.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if not tag.endswith((":timestamp", ":merge"))]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)
for _tag in ("timestamp", "binary", "set", "omap", "pairs"):
    _Loader.yaml_constructors = {
        tag: make
        for tag, make in _Loader.yaml_constructors.items()
        if tag != f"tag:yaml.org,2002:{_tag}"
    }


def read(text: str, *, source: str = "", field: str | None = None) -> Any:
    """The JSON value that the text stands for; `source` is the name of its file, if any."""
    if len(text) > LONGEST:
        raise _not_yaml(TOO_LONG, source, field)
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  (a SafeLoader, and stricter)
    except _Wrong as wrong:
        raise _not_yaml(wrong.sentence, source, field, wrong.problem_mark) from None
    except yaml.error.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _not_yaml(INVALID, source, field, mark) from None
    except yaml.reader.ReaderError as error:  # a character that YAML has no place for
        raise _not_yaml(INVALID, source, field, _mark(text, error.position)) from None
    except ValueError:  # a number of more digits than Python reads
        raise _not_yaml(INVALID, source, field) from None
    except RecursionError:
        raise _not_yaml(TOO_DEEP, source, field) from None


def read_mapping(text: str, *, source: str = "", field: str | None = None) -> dict[str, Any]:
    """The same, where names with values are wanted."""
    found = read(text, source=source, field=field)
    if not isinstance(found, dict):
        raise _not_yaml(NO_MAPPING, source, field)
    return found


def read_bytes(data: bytes, *, source: str) -> dict[str, Any]:
    """The mapping in a file, which is UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        raise _not_yaml(INVALID, source, None, _mark(before, len(before))) from None
    return read_mapping(text, source=source)


def _mark(text: str, position: int) -> yaml.error.Mark:
    before = text[:position]
    line, column = before.count("\n"), position - (before.rfind("\n") + 1)
    return yaml.error.Mark("", position, line, column, None, 0)


def _not_yaml(
    why: Sentence, source: str, field: str | None, mark: yaml.error.Mark | None = None
) -> NotYaml:
    """“terms.yaml, line 3, column 5: …”, as far as the place is known."""
    english, chinese = [source] if source else [], [source] if source else []
    if mark is not None:
        line, column = mark.line + 1, mark.column + 1
        english.append(f"line {line}, column {column}")
        chinese.append(f"第 {line} 行第 {column} 列")
    where = Sentence(en=", ".join(english), zh=" ".join(chinese))
    if not english:
        return NotYaml("yaml", Sentence(en=_capital(why.en), zh=why.zh), field=field)
    place = where.en if source else _capital(where.en)
    return NotYaml(
        "yaml", Sentence(en=f"{place}: {why.en}", zh=f"{where.zh}：{why.zh}"), field=field
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
