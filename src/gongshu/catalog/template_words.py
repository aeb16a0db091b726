"""The ministry's catalogue form: which column of which sheet is which part of an entry.

The core metadata of the catalogue guide (《政务信息资源目录编制指南（试行）》): classification,
name, code, provider and its code, summary, format, items, sharing and opening attributes, update
cycle, publication date, related resources; with the data classification and grade that article
13 of the Government Data Sharing Regulations adds, and what this platform needs besides. A
header may be written as the guide writes it or as the word that the API and JSON use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gongshu.catalog.models import Dataset, Field
from gongshu.wording import Sentence

RESOURCES, ITEMS, EXPLANATION = "信息资源", "信息项", "填写说明"
ITEM_OF = "code"  # the column of the items' sheet that says whose item it is

# Class digits of a resource code (guide): what kind of catalogue an entry belongs to.
CLASSES = {"1": "基础信息资源", "2": "主题信息资源", "3": "部门信息资源"}


@dataclass(frozen=True)
class Column:
    name: str  # as in JSON
    header: str  # as in the guide
    note: Sentence
    owed: bool = False
    # Said for people; on reading it is compared, and never written from here.
    told: bool = False

    @property
    def heading(self) -> str:
        return f"{self.header}*" if self.owed else self.header


def _c(name: str, header: str, en: str, zh: str, **flags: bool) -> Column:
    return Column(name, header, Sentence(en=en, zh=zh), **flags)


RESOURCE_COLUMNS = (
    _c(
        "code",
        "数据集代码",
        "<domain>.<name>: small letters, digits, underscores; joins the two sheets.",
        "形式为 <领域>.<名称>，由小写字母、数字和下划线组成；两张表以此对应。",
        owed=True,
    ),
    _c(
        "class",
        "信息资源分类",
        "Follows from the first digit of the resource code; may stay empty.",
        "由信息资源代码首位确定，可不填。",
        told=True,
    ),
    _c("title_zh", "信息资源名称", "The title in Chinese.", "中文名称。", owed=True),
    _c("title_en", "信息资源英文名称", "The title in English.", "英文名称。"),
    _c(
        "resource_code",
        "信息资源代码",
        "Class (1 digit), item (2), subject (3), detail, “/”, sequence number.",
        "类（1 位）、项（2 位）、目（3 位）、细目，“/”，顺序号。",
    ),
    _c("related_codes", "关联资源代码", "Several with commas.", "多个以逗号分隔。"),
    _c(
        "provider_name",
        "信息资源提供方",
        "The organisation's name; the code beside it decides.",
        "提供方名称，以代码为准。",
        told=True,
    ),
    _c(
        "provider",
        "信息资源提供方代码",
        "Unified social credit code; empty: your own organisation.",
        "统一社会信用代码；不填即为本机构。",
    ),
    _c("summary_zh", "信息资源摘要", "What it is about.", "内容概述。"),
    _c("summary_en", "信息资源英文摘要", "The same in English.", "英文概述。"),
    _c("format", "信息资源格式", "xlsx, csv, json, database …", "xlsx、csv、json、数据库等。"),
    _c("sharing", "共享类型", "From the list (article 14).", "从列表中选择（第十四条）。"),
    _c(
        "sharing_conditions",
        "共享条件",
        "Scope and purpose, for conditional sharing (article 15).",
        "有条件共享的，填写使用范围和用途（第十五条）。",
    ),
    _c(
        "sharing_basis",
        "不予共享依据",
        "Reason and legal basis, where it is not shared (articles 14 and 15).",
        "不予共享的，填写理由和法律依据（第十四、十五条）。",
    ),
    _c("sharing_method", "共享方式", "From the list (article 22).", "从列表中选择（第二十二条）。"),
    _c("opening", "开放类型", "From the list.", "从列表中选择。"),
    _c("opening_conditions", "开放条件", "For conditional opening.", "有条件开放的，填写条件。"),
    _c("update_cycle", "更新周期", "From the list.", "从列表中选择。"),
    _c(
        "published",
        "发布日期",
        "Set by publication; not read from here.",
        "由发布环节产生，导入时不读取。",
        told=True,
    ),
    _c("classification", "数据分类", "By data subject, GB/T 43697.", "按数据主体，GB/T 43697。"),
    _c("grade", "数据分级", "GB/T 43697.", "GB/T 43697。"),
    _c("level", "数据级别", "1 to 4, within general data.", "一般数据细分为 1 至 4 级。"),
    _c(
        "unit_column",
        "隐私主体列",
        "The item that names the protected person or firm.",
        "标识受保护个人或企业的信息项。",
    ),
    _c("unit_space", "隐私主体空间", "Shared with tables about the same.", "同类主体共用的名称。"),
    _c("attribution", "来源署名", "How the source wants to be named.", "来源要求的署名。"),
    _c("licence", "许可协议", "Under which licence.", "适用的许可协议。"),
    _c("source_url", "来源网址", "http or https.", "http 或 https 地址。"),
)
ITEM_COLUMNS = (
    _c("code", "数据集代码", "As in the first sheet.", "与“信息资源”表一致。", owed=True),
    _c("name", "信息项名称", "The column's name in the data.", "数据中的列名。", owed=True),
    _c("title_zh", "信息项中文名称", "Its title.", "中文名称。"),
    _c("title_en", "信息项英文名称", "Its title in English.", "英文名称。"),
    _c("type", "数据类型", "text, integer, decimal, date …", "text、integer、decimal、date 等。"),
    _c("meaning_zh", "信息项说明", "What its values mean.", "含义说明。"),
    _c("meaning_en", "信息项英文说明", "The same in English.", "英文说明。"),
    _c("semantic_type", "语义类型", "What its values are of: id_card …", "如 id_card 等。"),
    _c("grade", "数据分级", "GB/T 43697.", "GB/T 43697。"),
    _c("level", "数据级别", "1 to 4.", "1 至 4 级。"),
)
SHEETS: dict[str, tuple[Column, ...]] = {RESOURCES: RESOURCE_COLUMNS, ITEMS: ITEM_COLUMNS}
TOLD = {c.name for columns in SHEETS.values() for c in columns if c.told}


def header_of(sheet: str, name: str) -> str:
    """The guide's name of a column, for pointing at it; the JSON word where it has none."""
    found = [c.header for c in SHEETS.get(sheet, ()) if c.name == name]
    return found[0] if found else name


def labels(sheet: str, name: str) -> dict[str, str]:
    """The closed list of a column: stored word → as the guide writes it."""
    model = Dataset if sheet == RESOURCES else Field
    if name not in {f.name for f in model._meta.get_fields()}:
        return {}
    column: Any = model._meta.get_field(name)
    return {str(word): str(label) for word, label in column.choices or ()}


def by_heading(sheet: str) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for column in SHEETS[sheet]:
        found[column.header] = found[column.name] = column
    return found
