"""Early warning (监测预警): what is out of the ordinary in a day's questions of one asker.

The Opinion, item 12, names monitoring and early warning among the four parts of security; it gives
no figure, so rules and thresholds are the platform's own, in a file that a bureau may replace.
Each rule is a function of the day's questions alone, and says which of them are behind it:

>>> at = datetime(2026, 3, 2, 10, tzinfo=UTC)
>>> asked = [Asked(f"e{n}", at, refusal="no_right") for n in range(10)]
>>> day = Day(asked, usual=[3, 4, 5, 4, 3], works=True, limits={})
>>> [(found.rule, found.seen, found.threshold) for found in warnings(day, Thresholds())]
[('repeated_refusals', 10, 10)]
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

__all__ = ["MEANINGS", "RULES", "UTC", "Asked", "Day", "Thresholds", "Warned", "warnings"]

RULES: dict[str, Sentence] = {
    "unusual_volume": Sentence("far more questions than usual", "提问量异常"),
    "off_hours": Sentence("questions outside office hours", "非工作时段提问"),
    "repeated_refusals": Sentence("refused again and again", "短时间内反复被拒"),
    "budget_drain": Sentence("a limit of the day is nearly used up", "日限额接近用尽"),
    "near_miss": Sentence(
        "answers that lie close to earlier ones (differencing)", "与既往结果相近的提问（疑似差分）"
    ),
    "not_in_force": Sentence("asked under a grant that is not in force", "授权失效后仍提问"),
    # Of what a grantee reaches, not of what they ask (`oversight.linkage_watch`).
    "linkage": Sentence(
        "data that together point at single persons or units", "多项数据汇聚后可识别到个体"
    ),
}
# The gateway's words for a grant that does not hold on that day.
NOT_IN_FORCE = frozenset({"term", "grant_suspended", "grant_ended", "operation_not_in_force"})
# What went wrong on our side, or was only too early, is nobody's misuse.
BLAMELESS = frozenset({"busy", "engine", "internal", "stopped", "lost"}) | NOT_IN_FORCE


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: its entry, when (local time), why it was refused, and what it was given."""

    entry: str
    at: datetime
    refusal: str = ""  # "": answered
    rows: int = 0
    bytes: int = 0
    near: int = 0  # cells withheld since they lay too near to earlier ones


@dataclass(frozen=True, slots=True)
class Day:
    """One organisation's questions under a grant on one day, and what they are measured against."""

    asked: Sequence[Asked]  # oldest first
    usual: Sequence[int]  # questions a day on its earlier active days
    works: bool  # a working day
    limits: Mapping[
        str, int
    ]  # queries_per_day, rows_per_day, bytes_per_day; what is not there: none


@dataclass(frozen=True, slots=True)
class Warned:
    rule: str
    seen: int
    threshold: int
    entries: tuple[str, ...]
    usual: int | None = None  # where the rule compares: the median of earlier days


@dataclass(frozen=True)
class Thresholds:
    """From which figure on a rule speaks. `off` names rules that are not asked."""

    volume_at_least: int = 50  # questions a day, below which nothing is unusual
    volume_times_usual: int = 5
    volume_days: int = 5  # active days that must be known before
    office_from: int = 7  # hours of the day
    office_until: int = 21
    off_hours: int = 10  # questions
    refusals: int = 10
    refusals_minutes: int = 60
    budget_percent: int = 90
    near_cells: int = 5
    not_in_force: int = 3
    linkage_percent: int = 20  # of the units of a dataset
    off: tuple[str, ...] = field(default=())

    @classmethod
    def load(cls, path: Path) -> Thresholds:
        """From a TOML file; what it does not name stays as it comes with the platform."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _unusable(path.name, f"{error}", f"无法读取（{error}）") from None
        if wrong := _wrong_in(data, path.name):
            raise wrong
        return cls(**{**data, "off": tuple(data.get("off", ()))})


# Where a threshold may lie, if not anywhere from 1 on.
BOUNDS = {
    "office_from": (0, 23),
    "office_until": (1, 24),
    "budget_percent": (1, 100),
    "linkage_percent": (1, 100),
}
ANYWHERE = (1, 10**9)


def _wrong_in(data: Mapping[str, object], file: str) -> BadInput | None:
    known = {one.name for one in fields(Thresholds)}
    for name, value in data.items():
        if name not in known:
            return _unusable(file, f"there is no threshold “{name}”", f"没有名为“{name}”的阈值")
        low, high = BOUNDS.get(name, ANYWHERE)
        # `type`, since True is an int too
        if name != "off" and (type(value) is not int or not low <= value <= high):
            return _unusable(
                file,
                f"“{name}” is no whole number from {low} to {high}",
                f"“{name}”应为 {low} 至 {high} 的整数",
            )
    off = data.get("off", [])
    if not isinstance(off, list):
        return _unusable(file, "“off” is no list of rules", "“off”应为规则名称的列表")
    for rule in map(str, off):
        if rule not in RULES:
            return _unusable(file, f"there is no rule “{rule}”", f"没有名为“{rule}”的规则")
    return None


def _unusable(file: str, en: str, zh: str) -> BadInput:
    return BadInput(
        "monitoring",
        Sentence(
            en=f"{file} has no thresholds of monitoring: {en}.",
            zh=f"{file} 不是有效的监测阈值文件：{zh}。",
        ),
    )


# What each rule says of itself.
MEANINGS: dict[str, Callable[[Thresholds], Sentence]] = {
    "unusual_volume": lambda at: Sentence(
        f"from {at.volume_at_least} questions a day on, where that is {at.volume_times_usual} "
        "times the median of the active days of the last month "
        f"({at.volume_days} of them at least)",
        f"单日提问不少于 {at.volume_at_least} 次，且达到近一个月活跃日中位数的 "
        f"{at.volume_times_usual} 倍（活跃日不少于 {at.volume_days} 天）",
    ),
    "off_hours": lambda at: Sentence(
        f"from {at.off_hours} questions on a day off, or before {at.office_from}:00 and after "
        f"{at.office_until}:00",
        f"非工作日，或 {at.office_from}:00 前、{at.office_until}:00 后提问达到 {at.off_hours} 次",
    ),
    "repeated_refusals": lambda at: Sentence(
        f"at {at.refusals} refusals within {at.refusals_minutes} minutes",
        f"{at.refusals_minutes} 分钟内被拒达到 {at.refusals} 次",
    ),
    "budget_drain": lambda at: Sentence(
        f"at {at.budget_percent} % of the questions, rows or bytes that the grant allows a day",
        f"当日提问次数、输出行数或字节数达到授权限额的 {at.budget_percent}%",
    ),
    "near_miss": lambda at: Sentence(
        f"at {at.near_cells} figures in a day that were held back for lying near to earlier "
        "answers",
        f"单日因与既往结果过于接近而被抑制的数值达到 {at.near_cells} 个",
    ),
    "not_in_force": lambda at: Sentence(
        f"at {at.not_in_force} questions in a day under a grant that is not in force",
        f"授权未生效、已暂停或已终止后，单日仍提问达到 {at.not_in_force} 次",
    ),
    "linkage": lambda at: Sentence(
        f"when, by all that a grantee reaches, {at.linkage_percent} % of a dataset's units would "
        "stand alone (an estimate), and again when that grows by ten points",
        f"被授权方可获取的全部数据汇聚后，估计某数据集有 {at.linkage_percent}% 的主体可被单独识别；"
        "此后每上升十个百分点再次预警",
    ),
}


def warnings(day: Day, at: Thresholds) -> list[Warned]:
    """What the day gives cause for, a rule once at most."""
    found = (
        *_volume(day, at),
        *_off_hours(day, at),
        *_refusals(day, at),
        *_budget(day, at),
        *_near(day, at),
        *_not_in_force(day, at),
    )
    return [one for one in found if one.rule not in at.off]


def _volume(day: Day, at: Thresholds) -> Iterator[Warned]:
    if len(day.usual) < at.volume_days:
        return
    usual = median(day.usual)
    limit = max(at.volume_at_least, round(usual * at.volume_times_usual))
    if len(day.asked) >= limit:
        yield _of("unusual_volume", len(day.asked), limit, day.asked, round(usual))


def _off_hours(day: Day, at: Thresholds) -> Iterator[Warned]:
    late = [
        one
        for one in day.asked
        if not (day.works and at.office_from <= one.at.hour < at.office_until)
    ]
    if len(late) >= at.off_hours:
        yield _of("off_hours", len(late), at.off_hours, late)


def _refusals(day: Day, at: Thresholds) -> Iterator[Warned]:
    """The most refusals within one window."""
    refused = [one for one in day.asked if one.refusal and one.refusal not in BLAMELESS]
    window = timedelta(minutes=at.refusals_minutes)
    best: Sequence[Asked] = ()
    start = 0
    for end, one in enumerate(refused):
        while one.at - refused[start].at > window:
            start += 1
        if end + 1 - start > len(best):
            best = refused[start : end + 1]
    if len(best) >= at.refusals:
        yield _of("repeated_refusals", len(best), at.refusals, best)


def _budget(day: Day, at: Thresholds) -> Iterator[Warned]:
    # The gateway counts every question but those that a limit has stopped.
    counted = [one for one in day.asked if one.refusal != "limit"]
    answered = [one for one in day.asked if not one.refusal]
    used = {
        "queries_per_day": len(counted),
        "rows_per_day": sum(one.rows for one in answered),
        "bytes_per_day": sum(one.bytes for one in answered),
    }
    shares = [(100 * used[name] // limit, name) for name, limit in day.limits.items() if limit]
    percent, _ = max(shares, default=(0, ""))
    if percent >= at.budget_percent:
        yield _of("budget_drain", percent, at.budget_percent, counted)


def _near(day: Day, at: Thresholds) -> Iterator[Warned]:
    near = [one for one in day.asked if one.near]
    cells = sum(one.near for one in near)
    if cells >= at.near_cells:
        yield _of("near_miss", cells, at.near_cells, near)


def _not_in_force(day: Day, at: Thresholds) -> Iterator[Warned]:
    asked = [one for one in day.asked if one.refusal in NOT_IN_FORCE]
    if len(asked) >= at.not_in_force:
        yield _of("not_in_force", len(asked), at.not_in_force, asked)


def _of(
    rule: str, seen: int, threshold: int, behind: Sequence[Asked], usual: int | None = None
) -> Warned:
    return Warned(rule, seen, threshold, tuple(one.entry for one in behind), usual)
