"""What must be so before steps of an authorised operation, and what is said when it is not.

Rules for authorised operation (发改数据规〔2025〕27号), articles 5 and 16.
"""

from __future__ import annotations

from gongshu.rules.procedure import Guard
from gongshu.wording import Sentence

GRADED = Guard(
    "datasets_graded",
    Sentence(
        en="Only published data that are classified and graded may be put into operation; "
        "core data may not.",
        zh="只有已发布且完成分类分级的数据方可纳入授权运营，核心数据不得纳入。",
    ),
)
RESOURCES_REGISTERED = Guard(
    "resources_registered",
    Sentence(
        en="Not every resource of the grant is registered yet: each needs a registration in force.",
        zh="授权范围内的数据资源尚未全部登记，每项资源均须有有效的登记结果。",
    ),
)
PRODUCTS_REGISTERED = Guard(
    "products_registered",
    Sentence(
        en="The operator has no product or service of this operation registered yet.",
        zh="运营机构尚无本授权运营事项的产品或服务登记结果。",
    ),
)
