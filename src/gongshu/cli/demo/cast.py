"""Who takes part in the demo: the offices of Yunxi (云溪市), a city that does not exist.

The codes are well-formed unified social credit codes of nobody: area 339900 is not assigned.
"""

from __future__ import annotations

from dataclasses import dataclass

from gongshu.rules.agents import Kind, Rank


@dataclass(frozen=True)
class Body:
    """An organisation and the two people who act for it: one prepares, one answers for it."""

    key: str
    code: str
    name_zh: str
    name_en: str
    kinds: tuple[Kind, ...]

    def username(self, rank: Rank) -> str:
        return self.key if rank == Rank.STAFF else f"{self.key}.head"


BUREAU = Body(
    "bureau", "11339900002500017A", "云溪市数据局", "Yunxi Data Bureau", (Kind.BUREAU, Kind.AGENCY)
)
GOVERNMENT = Body(
    "government",
    "113399000025000255",
    "云溪市人民政府",
    "Yunxi Municipal Government",
    (Kind.GOVERNMENT,),
)
SECTOR = Body(
    "province", "113399000025000330", "省数据局", "Provincial Data Bureau", (Kind.SECTOR,)
)
HEALTH = Body(
    "health",
    "11339900002500041T",
    "云溪市卫生健康委员会",
    "Yunxi Health Commission",
    (Kind.AGENCY,),
)
STATISTICS = Body(
    "statistics",
    "1133990000250005XJ",
    "云溪市统计局",
    "Yunxi Statistics Bureau",
    (Kind.AGENCY,),
)
REGISTRY = Body(
    "registry",
    "12339900002500068F",
    "云溪市公共数据登记中心",
    "Yunxi Public Data Registry",
    (Kind.REGISTRY,),
)
OPERATOR = Body(
    "operator",
    "91339900MA7GX0012H",
    "云溪数据运营有限公司",
    "Yunxi Data Operations Ltd",
    (Kind.OPERATOR,),
)
ENTERPRISE = Body(
    "enterprise",
    "91339900MA7GX0020C",
    "清源健康科技有限公司",
    "Qingyuan Health Technology Ltd",
    (Kind.ENTERPRISE,),
)
AUDITOR = Body(
    "auditor", "11339900002500076D", "云溪市审计局", "Yunxi Audit Office", (Kind.AUDITOR,)
)

CAST = (
    BUREAU,
    GOVERNMENT,
    SECTOR,
    HEALTH,
    STATISTICS,
    REGISTRY,
    OPERATOR,
    ENTERPRISE,
    AUDITOR,
)
