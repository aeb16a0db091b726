"""The Chinese of the commands about versions; part of `gongshu.cli.chinese`."""

# ruff: noqa: E501  (each text stands on one line with its Chinese)

from __future__ import annotations

VERSIONS: dict[str, str] = {
    "Versions of a dataset: what there is, what changed, what is kept.": "数据集的版本：有哪些、有何变化、保留多久。",
    "All versions of the dataset CODE, newest first.": "数据集 CODE 的全部版本，由新到旧。",
    "One version of CODE by its NUMBER; the newest without one.": "CODE 的第 NUMBER 版；不指定则为最新版本。",
    "What changed in CODE from version OLDER to version NEWER.": "CODE 从 OLDER 版到 NEWER 版的变化。",
    "Remove the rows of version NUMBER of CODE for good; its row stays, and says so.": "永久移除 CODE 第 NUMBER 版的数据，保留移除记录。",
    "Why it must stay.": "须保留的理由。",
    "Let it go again.": "不再要求保留。",
    "Say that version NUMBER of CODE must stay, whatever the rule says.": "要求保留 CODE 的第 NUMBER 版，不受保留规则影响。",
    "What tells rows apart: a,b": "区分各行的列：a,b",
    "Keep so many versions.": "保留最近若干版本。",
    "Keep those of so many days.": "保留最近若干天的版本。",
    "Keep the first of each month.": "保留每月首个版本。",
    "Keep every version.": "保留全部版本。",
    "Remove now what the rule does not keep.": "立即移除规则不保留的版本。",
    "The key of CODE and how long its versions are kept; what would go is said, not done.": "CODE 的主键和版本保留规则；仅列出将移除的版本，不执行移除。",
    "A version other than the newest: CODE=NUMBER; repeatable.": "指定非最新版本：CODE=NUMBER，可重复。",
    "Beside the rows of the newest version.": "追加到最新版本的数据之后。",
    "Write the open dataset CODE as a Delta Lake table, and say where.": "将开放数据集 CODE 写为 Delta Lake 表，并给出所在位置。",
}
