"""Events of the ledger as people say them: the steps of procedures by their labels, and the rest.

An event whose name is not here is shown by its name alone.
"""

from __future__ import annotations

from functools import cache

from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

OTHERS = {
    "log.started": Sentence("The log is started", "日志启用"),
    "ledger.exported": Sentence("Slice of the ledger exported", "账本切片导出"),
    "organisation.registered": Sentence("Organisation registered", "机构登记"),
    "person.registered": Sentence("Person registered", "人员登记"),
    "person.deactivated": Sentence("Person deactivated", "人员停用"),
    "person.password_changed": Sentence("Password changed", "密码更改"),
    "person.mail_set": Sentence("Mail notices chosen", "邮件通知设置"),
    "organisation.webhook_set": Sentence("Webhook set", "网络回调设置"),
    "organisation.webhook_removed": Sentence("Webhook removed", "网络回调取消"),
    "token.issued": Sentence("Access token issued", "访问令牌签发"),
    "token.revoked": Sentence("Access token revoked", "访问令牌撤销"),
    "catalogue.generated": Sentence("Synthetic catalogue made", "合成目录生成"),
    "dataset.drafted": Sentence("Dataset drafted", "数据集起草"),
    "dataset.harvested": Sentence("Entry harvested", "目录条目采集"),
    "harvest.gone_confirmed": Sentence("Harvested entries confirmed as gone", "确认采集条目消失"),
    "dataset.described": Sentence("Entry described", "目录条目编写"),
    "dataset.rules_set": Sentence("Rules of quality set", "质量规则设定"),
    "dataset.graded": Sentence("Columns graded", "数据项定级"),
    "dataset.version_added": Sentence("Version added", "数据版本入库"),
    "dataset.version_removed": Sentence("Version removed", "数据版本移除"),
    "dataset.version_held": Sentence("Version held", "数据版本要求保留"),
    "dataset.version_released": Sentence("Version held no longer", "数据版本解除保留"),
    "dataset.retention_set": Sentence("Rule of retention set", "版本保留规则设定"),
    "dataset.source_set": Sentence("Source of pulls set", "拉取来源设定"),
    "dataset.source_removed": Sentence("Source of pulls removed", "拉取来源移除"),
    "dataset.terms_set": Sentence("Owner's terms set", "提供方条款设定"),
    "element.described": Sentence("Data element described", "数据元登记"),
    "element.column_added": Sentence("Column holds a data element", "列归入数据元"),
    "element.column_removed": Sentence("Column taken out of a data element", "列移出数据元"),
    "element.source_named": Sentence("Source of a datum named", "数源确定"),
    "case.opened": Sentence("Case opened", "提交办件"),
    "case.file_attached": Sentence("File attached to a case", "办件附件上传"),
    "case.commented": Sentence("Comment on a case", "办件留言"),
    "case.handed_over": Sentence("Case handed over", "办件转交"),
    "delegation.given": Sentence("Rank lent during leave", "离岗委托作出"),
    "delegation.ended": Sentence("Rank lent no longer", "离岗委托终止"),
    "grant.issued": Sentence("Grant issued", "授权签发"),
    "grant.suspended": Sentence("Grant suspended", "授权暂停"),
    "grant.resumed": Sentence("Grant resumed", "授权恢复"),
    "grant.ended": Sentence("Grant ended", "授权终止"),
    "query.answered": Sentence("Question answered", "查询已答复"),
    "query.refused": Sentence("Question refused", "查询被拒绝"),
}


@cache
def labels() -> dict[str, Sentence]:
    """Every known event with its words, in the order of their names."""
    steps = {row.event: row.label for found in PROCEDURES.values() for row in found.steps}
    return dict(sorted((steps | OTHERS).items()))


def label(event: str) -> str:
    found = labels().get(event)
    return str(found) if found else event
