"""How good a table is, by GB/T 36344: what its rows and the declared rules give a basis for.

    quality = assess("schools.parquet", Rules.read({...}))
    quality.score, quality.dimensions(), quality.fixes()

What the rows cannot tell (is the content true, was it on time, could it be reached) comes from
`Around`, where somebody knows it; otherwise the indicator has no basis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gongshu.data.profiling.kinds import BY_CODE
from gongshu.data.profiling.source import Source, Tabular, opened
from gongshu.data.quality import looking
from gongshu.data.quality.indicators import KINDS, Finding, Indicator, Quality
from gongshu.data.quality.rules import Rules
from gongshu.wording import Sentence

EXAMPLES = 5

Counted = tuple[int, int]  # checked, failed
Known = Mapping[str, Mapping[str, Any]]  # columns of a profile by their names


@dataclass(frozen=True)
class Around:
    """What is known of the table from outside of it; what is left out has no basis."""

    described: Counted | None = None  # 0103: columns, and those that the entry does not describe
    on_time: Counted | None = None  # 0502: updates that were due, and those that came late
    reached: Counted | None = None  # 0601: attempts to reach it, and those that failed
    used: Counted | None = None  # 0602: uses in its life span, and those that failed
    correct: Counted | None = None  # 0301: values held against a source of truth
    # 0401: for each other holder of the same data, what it is called and the values compared.
    same: Mapping[str, Counted] = field(default_factory=dict)
    # The files of the datasets that columns refer to, by dataset.
    references: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    rejected: int = 0  # lines that could not be read at all


def assess(
    table: Tabular,
    rules: Rules | None = None,
    around: Around | None = None,
    *,
    profile: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Quality:
    """`profile`: of these rows, where there is one; what it tells is not counted again.

    Raises `Problem` where a rule names a column that is not there, or cannot be carried out.
    """
    declared, outside = rules or Rules(), around or Around()
    say = progress or (lambda percent: None)
    known = {column["name"]: column for column in (profile or {}).get("columns", ())}
    with opened(table) as source:
        declared.require_columns({column.name for column in source.columns})
        found = list(_of_rows(source, declared))
        say(50)
        found += _of_whole(source, declared, outside, known)
        say(90)
        rows = source.rows
    found += _from_outside(outside)
    by_number: dict[str, list[Finding]] = {number: [] for number in KINDS}
    for finding in found:
        by_number[finding.number].append(finding)
    indicators = (Indicator(KINDS[number], tuple(some)) for number, some in by_number.items())
    return Quality(rows, tuple(indicators))


def _of_rows(source: Source, rules: Rules) -> Iterator[Finding]:
    found = list(looking.looks(rules, source))
    for look, (checked, failed) in zip(found, looking.counted(source, found), strict=True):
        shown = looking.examples(source, look, EXAMPLES) if failed and look.columns else ()
        yield Finding(look.number, look.rule, checked, failed, look.columns, shown)


def _of_whole(source: Source, rules: Rules, around: Around, known: Known) -> Iterator[Finding]:
    """What takes a query of its own."""
    yield from _completeness(source, rules)
    yield from _uniqueness(source, rules, known)
    yield from _kinds(source, rules, known)
    yield from _references(source, rules, around)
    declared, wrong = looking.wrong_types(rules, source)
    if declared:
        told = Sentence(en="columns hold their declared type", zh="各列符合声明的类型")
        yield Finding("0102", told, declared, len(wrong), tuple(wrong))


def _completeness(source: Source, rules: Rules) -> Iterator[Finding]:
    if any(declared.required for declared in rules.fields.values()):
        return  # each is looked at in its rows
    told = Sentence(
        en="every cell has a value (no column is declared as required)",
        zh="每个单元格都有值（未声明哪些列必填）",
    )
    yield Finding("0201", told, *looking.filled_cells(source))


def _uniqueness(source: Source, rules: Rules, known: Known) -> Iterator[Finding]:
    unique = [(name,) for name, declared in rules.fields.items() if declared.unique]
    never_twice = False
    for names in dict.fromkeys([*unique, *([tuple(rules.key)] if rules.key else [])]):
        listed = ", ".join(names)
        told = Sentence(en=f"{listed}: no value twice", zh=f"{listed}：取值不重复")
        told_already = known.get(names[0]) if len(names) == 1 else None
        if told_already and told_already["is_unique"]:
            checked, failed = told_already["rows"] - told_already["nulls"], 0
        else:
            checked, failed = looking.not_unique(source, names)
        never_twice |= checked == source.rows and not failed
        yield Finding("0304", told, checked, failed, names)
    # Where one column's value is never there twice, no whole row is.
    repeated = (source.rows, 0) if never_twice else looking.repeated_rows(source)
    told = Sentence(en="no row repeats another in every column", zh="没有各列完全相同的行")
    yield Finding("0303", told, *repeated)


def _kinds(source: Source, rules: Rules, known: Known) -> Iterator[Finding]:
    named = [name for name, declared in rules.fields.items() if declared.kind or declared.forbids]
    uncounted = [name for name in named if name not in known]
    different = {name: known[name]["distinct"] for name in named if name in known}
    different |= looking.about_how_many(source, uncounted)
    for name in named:
        declared = rules.fields[name]
        if declared.kind in BY_CODE:
            title = BY_CODE[declared.kind].title
            told = Sentence(en=f"{name}: is a {title.en}", zh=f"{name}：是{title.zh}")
            counts = looking.of_kind(
                source, name, declared.kind, must=True, different=different[name]
            )
            yield Finding("0302", told, *counts, (name,))
            yield Finding("0305", told, *counts, (name,))
        for kind in declared.forbids:
            if kind in BY_CODE:
                title = BY_CODE[kind].title
                told = Sentence(en=f"{name}: holds no {title.en}", zh=f"{name}：不含{title.zh}")
                counts = looking.of_kind(source, name, kind, must=False, different=different[name])
                yield Finding("0106", told, *counts, (name,))


def _references(source: Source, rules: Rules, around: Around) -> Iterator[Finding]:
    for name, declared in rules.fields.items():
        reference = declared.reference
        files = around.references.get(reference.dataset) if reference else None
        if reference is None or not files:
            continue
        listed = ", ".join(looking.literal(str(file)) for file in files)
        column = '"' + reference.column.replace('"', '""') + '"'
        known = f"(SELECT {column} AS v FROM read_parquet([{listed}]))"  # noqa: S608
        where = f"{reference.dataset}.{reference.column}"
        told = Sentence(en=f"{name}: stands in {where}", zh=f"{name}：见于 {where}")
        counts = looking.outside(source, name, known)
        yield Finding("0105" if reference.authoritative else "0402", told, *counts, (name,))


def _from_outside(around: Around) -> Iterator[Finding]:
    for number, counts, en, zh in (
        ("0103", around.described, "columns are described in the entry", "各列在目录中有说明"),
        ("0301", around.correct, "values agree with the source of truth", "取值与真实来源一致"),
        ("0502", around.on_time, "updates came when they were promised", "按承诺周期更新"),
        ("0601", around.reached, "it could be reached when asked for", "请求时可以访问"),
        ("0602", around.used, "it could be used in its life span", "有效期内可以使用"),
    ):
        if counts is not None:
            yield Finding(number, Sentence(en=en, zh=zh), *counts)
    for other, counts in around.same.items():
        told = Sentence(en=f"agrees with {other}", zh=f"与 {other} 一致")
        yield Finding("0401", told, *counts)
    if around.rejected:
        told = Sentence(en="every line of the file can be read", zh="文件各行均可读取")
        yield Finding("0305", told, around.rejected, around.rejected)
