"""What every key of a grant's terms means, for those who write them: docs/reference/terms.md.

A test holds it against the model: no key is left unsaid, and none is said that is not there.
"""

from __future__ import annotations

from typing import NamedTuple

from gongshu.wording import Sentence


class Key(NamedTuple):
    path: str  # `<d>` stands for a dataset's name, `<c>` for a column's
    value: str  # what is written there, in one example
    meaning: Sentence


def _key(path: str, value: str, en: str, zh: str) -> Key:
    return Key(path, value, Sentence(en=en, zh=zh))


KEYS = (
    _key("grantee", '"91330100MA27XXXXXX"',
         "Who may ask: a unified social credit code, an agency's code, or “public”.",
         "被授权方：统一社会信用代码、部门代码，或“public”。"),
    _key("purposes", "[planning]", "What for; each question names one of them.",
         "用途；每次查询须写明其中一项。"),
    _key("term.from", "2026-12-01", "The first day.", "起始日。"),
    _key("term.until", "2029-11-30", "The last day, which is part of it (China's time).",
         "截止日，含当日（北京时间）。"),
    _key("output", "aggregate",
         "What may leave: “rows”, “aggregate” figures, or “check”, a yes or no (not built yet).",
         "可输出的内容：“rows”明细、“aggregate”汇总，或“check”是否核验（尚未实现）。"),
    _key("basis.statute", '"…"', "The rule that the grant rests on.", "授权所依据的法律法规。"),
    _key("basis.consent", '"…"',
         "Or the consent. One of the two is needed where data are about persons.",
         "或所依据的同意。涉及个人的数据须有其一。"),
    _key("protection.method", "threshold",
         "How aggregates are protected: “threshold”, “cell_key” (noise that is the same for the "
         "same rows) or “dp” (not built yet). Needed where a dataset has a unit, unless rows "
         "leave.",
         "汇总的保护方法：“threshold”阈值、“cell_key”（相同的行得到相同的噪声）或“dp”（尚未实现）。"
         "数据集有隐私单元且不输出明细时必填。"),
    _key("protection.k", "10", "The fewest distinct units behind any figure.",
         "任何统计值所涉不同单元数的下限。"),
    _key("protection.spread", "2", "Of “cell_key”: how far a count may be moved.",
         "“cell_key”：计数可被扰动的幅度。"),
    _key("protection.dominance.largest", "0.5",
         "The share of a sum that one unit may have at most.",
         "单个单元占合计的最大份额。"),
    _key("protection.dominance.two", "0.9", "The same for the two largest units.",
         "最大两个单元合占的最大份额。"),
    _key("protection.dominance.p", "0.1",
         "How closely, as a share, the second largest could guess the largest.",
         "第二大单元推算最大单元时允许的最小误差比例。"),
    _key("protection.epsilon", "0.1", "Of “dp”: what one question spends.",
         "“dp”：每次查询的消耗。"),
    _key("protection.delta", "1e-9", "Of “dp”: how often the proof may not hold.",
         "“dp”：保证不成立的概率上限。"),
    _key("protection.budget", "1.0", "Of “dp”: what may be spent in all.", "“dp”：总预算。"),
    _key("protection.max_groups", "5", "Of “dp”: in how many groups one unit may count.",
         "“dp”：一个单元最多计入的分组数。"),
    _key("protection.max_rows", "5", "Of “dp”: with how many rows.",
         "“dp”：一个单元最多计入的行数。"),
    _key("protection.keys", "{district: [East, West]}",
         "Of “dp”: the groups that are known without looking.", "“dp”：无须查看数据即可知的分组。"),
    _key("history", "true",
         "Withhold what differs from an earlier answer in fewer than k units.",
         "与以往答复相差不足 k 个单元的，不予提供。"),
    _key("datasets.<d>.unit", "{column: person_id, space: person}",
         "Whose privacy is protected, and which identifiers the column holds: tables about the "
         "same people share a space. None: the data are about nobody.",
         "隐私单元所在列及其标识空间：涉及同一人群的表用同一空间。不写表示不涉及个体。"),
    _key("datasets.<d>.unit.column", "person_id", "The column that names the unit.",
         "标识单元的列。"),
    _key("datasets.<d>.unit.space", "person",
         "The space of its values; the column's name if left out.",
         "其取值所属的空间；不写则为列名。"),
    _key("datasets.<d>.k", "20",
         "A stricter k for this dataset; the strictest of all inputs holds.",
         "本数据集更严格的 k；以各输入中最严格者为准。"),
    _key("datasets.<d>.quasi", "[district, birth_year, sex]",
         "Of a grant of rows: in an extract no combination of these columns belongs to fewer than "
         "k units; other rows are withheld. Needs `unit` and `k`.",
         "用于输出明细的授权：提取结果中这些列的任何组合至少对应 k 个单元，否则相应的行不予提供。"
         "须同时写明 `unit` 与 `k`。"),
    _key("datasets.<d>.where", "\"district IN ('East','West')\"",
         "A row filter: the other rows do not exist for the grantee.",
         "行筛选条件：其余的行对被授权方不存在。"),
    _key("datasets.<d>.columns", "{sex: [group, filter]}",
         "The rights on each column; “*” speaks for those not named. What is not named has none.",
         "各列的权利；“*”代表未列出的列。未列出者没有任何权利。"),
    _key("datasets.<d>.columns.<c>.rights", "[group, filter]",
         "`show`: may leave row by row; `group`: may be grouped by; `filter`: may be compared with "
         "values; `join`: may be matched and counted distinct; `measure`: may be aggregated by "
         "`functions`. A bare list stands for this key.",
         "`show` 可逐行输出；`group` 可作分组；`filter` 可与值比较；`join` 可关联、可去重计数；"
         "`measure` 可用 `functions` 汇总。直接写列表即为本项。"),
    _key("datasets.<d>.columns.<c>.functions", "[sum, avg]",
         "`sum`, `avg`, `stddev_samp`, `count`, `count_distinct`; `min` and `max` only where the "
         "dataset has no unit.",
         "`sum`、`avg`、`stddev_samp`、`count`、`count_distinct`；"
         "仅无隐私单元的数据集可用 `min`、`max`。"),
    _key("datasets.<d>.columns.<c>.min", "0",
         "A measure's lower bound: smaller values count as the bound.",
         "度量的下界：更小的值按下界计。"),
    _key("datasets.<d>.columns.<c>.max", "100000", "Its upper bound.", "其上界。"),
    _key("datasets.<d>.columns.<c>.mask", "last4",
         "What is seen instead of the value: `last4`, `first1`, `hash`, `redact`, `year`, `month`.",
         "以何种形式代替原值：`last4`、`first1`、`hash`、`redact`、`year`、`month`。"),
    _key("datasets.<d>.columns.<c>.bucket", "5", "Numbers are seen in steps of this width.",
         "数值按此宽度分档显示。"),
    _key("limits.queries_per_day", "1000", "Questions a day.", "每日查询次数。"),
    _key("limits.filters_per_day", "200", "Different sets of rows asked about a day.",
         "每日不同筛选条件数。"),
    _key("limits.concurrent", "4", "Questions at once.", "同时执行的查询数。"),
    _key("limits.seconds", "30", "How long one may run.", "单次查询最长秒数。"),
    _key("limits.output_rows", "10000", "Rows of one answer; more are cut off, and it says so.",
         "单次答复的行数；超出部分截去并注明。"),
    _key("limits.output_size", "64MB", "Size of one answer.", "单次答复的大小。"),
    _key("limits.rows_per_day", "1000000", "Rows of all answers of a day.", "每日答复总行数。"),
    _key("limits.size_per_day", "1GB", "Size of all answers of a day.", "每日答复总大小。"),
    _key("limits.memory", "1GB", "What the engine may hold for one question.",
         "引擎为单次查询可用的内存。"),
)  # fmt: skip
