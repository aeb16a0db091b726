"""`gongshu risk`: how easily somebody could be found in a file, or in a dataset of one's own.

gongshu risk adult.csv --quasi age,sex,race --sensitive occupation       needs no instance
gongshu risk --dataset health.persons --as zhang --quasi age,sex,race
gongshu risk adult.csv --quasi age,sex,race --suggest --k 5 --population 300000000
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.data import Table
    from gongshu.data.disclosure_risk import Risk, Suggestions

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("--dataset", "code", metavar="CODE", help="Of yours, instead of a file.")
@click.option(
    "--quasi", required=True, metavar="A,B", help="Columns that somebody may know of a person."
)
@click.option("--sensitive", default="", metavar="C", help="Columns that nobody should learn.")
@click.option("--unit", metavar="U", help="The column that says whose row it is.")
@click.option(
    "--population",
    type=click.IntRange(1),
    metavar="N",
    help="How many the population has that the rows were drawn from.",
)
@click.option("--suggest", "suggests", is_flag=True, help="Say what would make it safer.")
@click.option("--k", default=5, type=click.IntRange(2), help="The wanted k of suggestions.")
@click.option(
    "--left-out",
    default=1.0,
    type=click.FloatRange(0, 99),
    help="At most so many percent of the rows (or units) may be left out.",
)
@acting_as
@as_json
def risk(
    file: Path | None,
    code: str | None,
    quasi: str,
    sensitive: str,
    unit: str | None,
    population: int | None,
    suggests: bool,
    k: int,
    left_out: float,
    acting: str | None,
    as_json: bool,
) -> None:
    """Measure k-anonymity, l-diversity and t-closeness of FILE (CSV, Excel, Parquet …).

    Column names are separated by commas; a name with a comma in it stands in double quotes.
    """
    # Here, not above: `--help` need not load the readers.
    from gongshu.data.disclosure_risk import owners_terms, suggest
    from gongshu.data.disclosure_risk import risk as measure

    known = _names(quasi)
    if not known:
        raise click.BadParameter(
            str(Sentence(en="name at least one column", zh="请至少给出一个列名")),
            param_hint="--quasi",
        )
    tried = None
    if (file is None) == (code is None):
        raise click.UsageError(
            str(Sentence(en="Name a file, or --dataset.", zh="请给出文件，或用 --dataset 指定。"))
        )
    with _rows(file, code or "", acting) as table:
        found = measure(table, known, _names(sensitive), unit, population=population)
        if suggests:
            tried = suggest(table, known, unit, k=k, most_left_out=left_out / 100)
    best = tried.combinations[0] if tried and tried.combinations else None
    terms = owners_terms(best, k=k, unit=unit) if best else None
    if as_json:
        more = {"suggestions": tried.to_dict(), "terms": terms} if tried else {}
        say_json(found.to_dict() | more)
        return
    _show(found)
    if tried:
        _show_suggestions(tried, terms)


@contextmanager
def _rows(file: Path | None, code: str, acting: str | None) -> Iterator[Table]:
    from gongshu.data import Table

    if file is not None:
        with Table.read(file) as table:
            yield table
        return
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import selectors
    from gongshu.catalog.risk import require_provider, version_of

    by = shell_agent(acting)
    dataset = selectors.get(code, by)
    require_provider(dataset, by)
    with Table.of(selectors.files(version_of(dataset))) as table:
        yield table


def _names(listed: str) -> list[str]:
    """`a,"b, c"` → a and “b, c”."""
    rows = list(csv.reader([listed], skipinitialspace=True))
    return [name.strip() for name in rows[0] if name.strip()] if rows else []


def _show(found: Risk) -> None:
    say(_counted(found))
    rows = [
        {"figure": str(label), "value": value, "meaning": str(meaning)}
        for label, value, meaning in _figures(found)
    ]
    show_rows(
        rows,
        {
            "figure": Sentence(en="Figure", zh="指标"),
            "value": Sentence(en="Value", zh="值"),
            "meaning": Sentence(en="What it says", zh="含义"),
        },
    )
    if not found.sensitive:
        return
    click.echo()
    rows = [
        {
            "column": name,
            "l": str(found.l[name]),
            "entropy": f"{found.entropy_l[name]:.2f}",
            "t": f"{found.t[name]:.4f}",
        }
        for name in found.l
    ]
    show_rows(
        rows,
        {
            "column": Sentence(en="Sensitive column", zh="敏感列"),
            "l": Sentence(en="l (fewest values in a class)", zh="l（等价类中最少的取值数）"),
            "entropy": Sentence(en="entropy l", zh="熵 l"),
            "t": Sentence(en="t (distance from the whole)", zh="t（与总体分布的最大距离）"),
        },
    )


def _counted(found: Risk) -> Sentence:
    if found.unit is None:
        return Sentence(
            en=f"{found.rows:,} rows, in classes by {', '.join(found.quasi)}.",
            zh=f"共 {found.rows:,} 行，按 {'、'.join(found.quasi)} 划分等价类。",
        )
    return Sentence(
        en=f"{found.rows:,} rows of {found.units:,} units ({found.unit}), in classes by "
        f"{', '.join(found.quasi)}; {found.dropped:,} rows without a unit are left out.",
        zh=f"{found.units:,} 个单元（{found.unit}）的 {found.rows:,} 行，"
        f"按 {'、'.join(found.quasi)} 划分等价类；未计入无单元标识的 {found.dropped:,} 行。",
    )


def _figures(found: Risk) -> list[tuple[Sentence, str, Sentence]]:
    whose_en, whose_zh = ("units", "单元") if found.unit else ("rows", "行")
    return [
        (
            Sentence(en="k", zh="k"),
            f"{found.k:,}",
            Sentence(en=f"{whose_en} in the smallest class", zh=f"最小等价类中的{whose_zh}数"),
        ),
        (
            Sentence(en="classes", zh="等价类数"),
            f"{found.classes:,}",
            Sentence(en="different combinations of values", zh="不同的取值组合数"),
        ),
        (
            Sentence(en="highest risk", zh="最高风险"),
            f"{found.highest_risk:.2%}",
            Sentence(
                en="chance to be found in the smallest class", zh="在最小等价类中被识别的概率"
            ),
        ),
        (
            Sentence(en="average risk", zh="平均风险"),
            f"{found.average_risk:.2%}",
            Sentence(en=f"the same, over all {whose_en}", zh=f"全部{whose_zh}的平均识别概率"),
        ),
        (
            Sentence(en="unique", zh="唯一比例"),
            f"{found.unique_fraction:.2%}",
            Sentence(
                en=f"{whose_en} that stand alone in a class", zh=f"独占一个等价类的{whose_zh}"
            ),
        ),
        *_of_population(found),
    ]


def _of_population(found: Risk) -> list[tuple[Sentence, str, Sentence]]:
    rows = []
    if found.whole is not None:
        rows.append(
            (
                Sentence(en="unique, all known", zh="知悉全部行时的唯一比例"),
                f"{found.whole.unique_fraction:.2%}",
                Sentence(
                    en="units no other of which has the same rows", zh="各行组合独一无二的单元"
                ),
            )
        )
    if found.population is not None and found.journalist_risk is not None:
        highest, average = found.journalist_risk
        rows += [
            (
                Sentence(en="unique in the population", zh="总体唯一比例"),
                f"{found.population.share:.2%}",
                Sentence(
                    en=f"an estimate ({found.population.model})",
                    zh=f"估计值（{found.population.model}）",
                ),
            ),
            (
                Sentence(en="risk, not known to be in it", zh="不知是否在表中时的风险"),
                f"{highest:.2%}",
                Sentence(en=f"the highest; average {average:.2%}", zh=f"最高；平均 {average:.2%}"),
            ),
        ]
    return rows


def _show_suggestions(tried: Suggestions, terms: dict[str, Any] | None) -> None:
    click.echo()
    rows = [
        {
            "steps": ", ".join(
                f"{name} {step.title}" for name, step in one.steps.items() if step.name != "as_is"
            )
            or str(Sentence(en="nothing", zh="无需处理")),
            "left_out": f"{one.effect.left_out:.2%}",
            "k": f"{one.effect.k_then:,}",
            "loss": f"{one.effect.loss:.1%}",
        }
        for one in tried.combinations
    ]
    show_rows(
        rows,
        {
            "steps": Sentence(
                en=f"To reach k {tried.wanted_k}", zh=f"达到 k {tried.wanted_k} 的办法"
            ),
            "left_out": Sentence(en="Left out", zh="剔除"),
            "k": Sentence(en="k then", zh="此后的 k"),
            "loss": Sentence(en="Information lost", zh="信息损失"),
        },
    )
    if terms is not None:
        import yaml  # here: only suggestions need it

        click.echo(f"\n{Sentence(en='As owner’s terms:', zh='作为提供方条款：')}")
        click.echo(yaml.safe_dump(terms, allow_unicode=True, sort_keys=False).rstrip())
