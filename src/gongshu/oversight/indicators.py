"""The indicators of the evaluation, as rows: what is divided by what.

Four dimensions are those of the China Open Data Forest Index (准备度、服务层、数据层、利用层),
whose own indicators are scored by experts and whose weights are not published; timeliness and
quality are ours. `pillar` says which pillar of OECD's OURdata an indicator speaks to. So every
indicator here is the platform's, made only of what the ledger counts; none is the index's own.

>>> D1 = INDICATORS["D1"]
>>> D1.value({"datasets": 8, "datasets:open": 2})
Value(part=2, whole=8)
>>> D1.value({}).share is None    # nothing was counted: no basis, and no 100 %
True
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

DIMENSIONS: dict[str, Sentence] = {
    "readiness": Sentence("Readiness", "准备度"),
    "service": Sentence("Service", "服务层"),
    "data": Sentence("Data", "数据层"),
    "use": Sentence("Use", "利用层"),
    "timeliness": Sentence("Timeliness of procedures", "办理时效"),
    "quality": Sentence("Quality", "数据质量"),
}
PILLARS: dict[str, Sentence] = {
    "availability": Sentence("data availability", "数据可得"),
    "accessibility": Sentence("data accessibility", "数据可及"),
    "support": Sentence("support for re-use", "支持再利用"),
    "": Sentence("–", "–"),
}


@dataclass(frozen=True, slots=True)
class Value:
    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """None: nothing was counted, so there is no basis."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Indicator:
    """More is better in all of them. `part` and `whole` name what is counted (measures.py)."""

    code: str
    dimension: str
    pillar: str
    name: Sentence
    meaning: Sentence
    part: tuple[str, ...]
    whole: tuple[str, ...]

    def value(self, counts: Mapping[str, int]) -> Value:
        return Value(
            sum(counts.get(name, 0) for name in self.part),
            sum(counts.get(name, 0) for name in self.whole),
        )

    @property
    def formula(self) -> str:
        return " / ".join(
            names[0] if len(names) == 1 else f"({' + '.join(names)})"
            for names in (self.part, self.whole)
        )


ROWS = (
    Indicator(
        "R1",
        "readiness",
        "support",
        Sentence("Terms of use set", "已设定使用条款"),
        Sentence(
            "of the published datasets, those whose owner has said who may do what with them",
            "已发布数据集中，提供方已设定使用条款的占比",
        ),
        ("datasets:terms",),
        ("datasets",),
    ),
    Indicator(
        "S1",
        "service",
        "accessibility",
        Sentence("Demands for open data accepted", "开放需求采纳"),
        Sentence(
            "of the demands for open data that were decided, those accepted",
            "已作决定的数据开放需求中，予以采纳的占比",
        ),
        ("demand.accepted",),
        ("demand.accepted", "demand.refused"),
    ),
    Indicator(
        "S2",
        "service",
        "accessibility",
        Sentence("Demands met", "开放需求兑现"),
        Sentence(
            "data opened on a demand, for each demand accepted in the period",
            "本期每项已采纳需求所对应的实际开放",
        ),
        ("demand.met",),
        ("demand.accepted",),
    ),
    Indicator(
        "S3",
        "service",
        "accessibility",
        Sentence("Sharing requests consented to", "共享申请同意"),
        Sentence(
            "of the sharing requests answered, those consented to",
            "已答复的共享申请中，同意共享的占比",
        ),
        ("sharing.consented",),
        ("sharing.consented", "sharing.refused"),
    ),
    Indicator(
        "D1",
        "data",
        "availability",
        Sentence("Open datasets", "开放数据集"),
        Sentence(
            "of the published datasets, those that stand open to the public",
            "已发布数据集中，向社会开放的占比",
        ),
        ("datasets:open",),
        ("datasets",),
    ),
    Indicator(
        "D2",
        "data",
        "availability",
        Sentence("Datasets that can be shared", "可共享数据集"),
        Sentence(
            "of the published datasets, those shared with or without conditions",
            "已发布数据集中，无条件或有条件共享的占比",
        ),
        ("datasets:shared", "datasets:unconditional"),
        ("datasets",),
    ),
    Indicator(
        "D3",
        "data",
        "availability",
        Sentence("Shared without conditions", "无条件共享"),
        Sentence(
            "of the datasets that can be shared, those without conditions",
            "可共享数据集中，无条件共享的占比",
        ),
        ("datasets:unconditional",),
        ("datasets:shared", "datasets:unconditional"),
    ),
    Indicator(
        "U1",
        "use",
        "support",
        Sentence("Datasets in use", "被使用的数据集"),
        Sentence(
            "of the published datasets, those in a grant under which questions were answered "
            "(which of a grant's datasets a question read is not public)",
            "已发布数据集中，所在授权下有查询得到答复的占比（查询具体读取了授权中的哪个数据集不公开）",
        ),
        ("datasets:asked",),
        ("datasets",),
    ),
    Indicator(
        "T1",
        "timeliness",
        "",
        Sentence("Steps taken in time", "按时办理"),
        Sentence(
            "of the steps that were due by a day, those taken by then, in all procedures",
            "全部程序中有期限的步骤，按期办理的占比",
        ),
        ("kept",),
        ("due",),
    ),
    Indicator(
        "T2",
        "timeliness",
        "",
        Sentence("Sharing requests in time", "共享申请按时办理"),
        Sentence(
            "of the steps of sharing requests that were due by a day, those taken by then "
            "(Order 809, articles 21 and 22)",
            "共享申请（国令第809号第二十一、二十二条）按期办理的占比",
        ),
        ("kept:sharing_request",),
        ("due:sharing_request",),
    ),
    Indicator(
        "T3",
        "timeliness",
        "",
        Sentence("Checks and corrections in time", "校核按时办理"),
        Sentence(
            "of the steps of requests to check data that were due by a day, those taken by then "
            "(Order 809, article 26)",
            "校核申请（国令第809号第二十六条）按期办理的占比",
        ),
        ("kept:check_request",),
        ("due:check_request",),
    ),
    Indicator(
        "T4",
        "timeliness",
        "",
        Sentence("Catalogue updates in time", "目录更新按时办理"),
        Sentence(
            "of the steps of catalogue entries that were due by a day, those taken by then "
            "(Order 809, article 17)",
            "目录条目（国令第809号第十七条）按期办理的占比",
        ),
        ("kept:catalogue_entry",),
        ("due:catalogue_entry",),
    ),
    Indicator(
        "Q1",
        "quality",
        "",
        Sentence("Data found right", "校核属实正确"),
        Sentence(
            "of the data that users had checked, those found right",
            "经使用方申请校核的数据中，核实无误的占比",
        ),
        ("check.verified_right",),
        ("check.verified_right", "check.verified_wrong"),
    ),
    Indicator(
        "Q2",
        "quality",
        "",
        Sentence("Errors corrected", "错误更正"),
        Sentence(
            "corrections made, for each time data were found wrong in the period",
            "本期每次核实有误所对应的更正",
        ),
        ("check.corrected",),
        ("check.verified_wrong",),
    ),
)
INDICATORS = {row.code: row for row in ROWS}
COMING_WITH_US = Path(__file__).parent / "evaluation.toml"


@dataclass(frozen=True)
class Weights:
    name: str
    basis: Sentence
    weights: Mapping[str, float]

    @classmethod
    def load(cls, path: Path) -> Weights:
        """From a TOML file; an indicator that it does not name has no weight."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            weights = {str(code): float(weight) for code, weight in data["weights"].items()}
            unknown = ", ".join(sorted({*weights} - {*INDICATORS}))
            if unknown:
                raise ValueError(f"there is no indicator {unknown}")
            if min(weights.values(), default=0) < 0 or not sum(weights.values()) > 0:
                raise ValueError("no weight is above nought, or one is below")
            basis = Sentence(en=str(data["basis_en"]), zh=str(data["basis_zh"]))
            return cls(str(data["name"]), basis, weights)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                "evaluation",
                Sentence(
                    en=f"{path.name} has no weights of an evaluation: {error}.",
                    zh=f"{path.name} 不是有效的评价权重文件：{error}。",
                ),
            ) from None
