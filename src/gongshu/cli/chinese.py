"""The shell's help in Chinese: what stands in English beside each command, and Click's own words.

English stands where it is used, in docstrings and options; its Chinese stands here, under the
English text. `tests/cli/test_help.py` finds what has none, and what nothing uses any more.
"""

# ruff: noqa: E501  (each text stands on one line with its Chinese)

from __future__ import annotations

import copy
import gettext
import inspect
from types import ModuleType

import click

from gongshu.cli.chinese_versions import VERSIONS

HELP: dict[str, str] = {
    **VERSIONS,
    "Gongshu (公数): the whole life of public data on one platform.": "公数：在一个平台上办理公共数据的全过程。",
    "Language of messages: zh or en (default: from $LANG).": "消息所用语言：zh 或 en（默认取自 $LANG）。",
    "Answer in JSON.": "以 JSON 答复。",
    "What a dataset can be joined with: columns of others that hold the same values.": "数据集可与哪些数据关联：查找取值相同的其他数据集的列。",
    "One datum, one source: who holds a datum first, and who a copy.": "一数一源：每项数据由谁产生、由谁引用。",
    "Part of the name.": "名称的一部分。",
    "The data elements.": "数据元列表。",
    "An element: its source, its copies, and how often these differ.": "数据元的数源、引用及不一致率。",
    "Its name in English.": "英文名称。",
    "What it is, in Chinese.": "中文定义。",
    "The thing it is of: person, school …": "对象类：人员、学校等。",
    "What of the thing: number, address …": "特性：编号、地址等。",
    "In which form: code, date, text …": "表示：代码、日期、文本等。",
    "A new data element; for the data bureau.": "新建数据元（数据管理部门）。",
    "Say that a column holds the datum; for the bureau and the column's provider.": "将某列归入数据元（数据管理部门、该列的提供单位）。",
    "Name the one source of a datum; for the head of the data bureau.": "确定数据元的唯一数源（数据管理部门负责人）。",
    "Columns of other datasets that may hold the same datum.": "可能承载同一数据的其他数据集的列。",
    "What a grantee could put together with all else they reach: an estimate.": "估计被授权方结合其可获取的全部数据所能汇聚识别的情况。",
    "Before it is granted: what a case asks.": "授权前评估：办件所申请的内容。",
    "Act as this user.": "以该用户的身份办理。",
    "Show this message and exit.": "显示本说明。",
    # init, demo, serve, doctor, worker
    "Make an instance: database, keys, folders. Run again, it brings the database up to date.": "建立实例：数据库、密钥、文件夹。再次运行则更新数据库结构。",
    "The first user.": "第一个用户。",
    "Holds the first user's password; without it one is made and shown once.": "载有第一个用户密码的文件；不给出则自动生成，仅显示一次。",
    "The whole way: from a messy file to an answer that a stranger verifies.": "全程演示：从杂乱的文件到任何人都能验证的答复。",
    "A folder of richer public sets, which it brings in as well.": "存放更多公开数据集的文件夹，一并引入。",
    "Warnings that the ledger gives cause for; each is a case.": "依据账本生成的预警，每项预警即一件办件。",
    "Read the ledger on first; the worker does so by itself.": "先读取账本的最新记录；后台进程会自动读取。",
    "Let a year pass first: hundreds of cases, and what came of them.": "先让城市度过一年：数百件办件及其结果。",
    "Leave the portal running at the end.": "结束后保持门户运行。",
    "Where the portal answers.": "门户所用端口。",
    "The portal and its worker, until Ctrl-C.": "运行门户及后台进程，直到按 Ctrl-C。",
    "The address to listen on.": "监听的地址。",
    "How many requests are worked on at once.": "同时处理的请求数。",
    "Say whether the instance is well; exit 1 if something must be mended.": "检查实例是否正常；有须修复之处则退出码为 1。",
    "Do the jobs until told to stop; run as many as you like, on as many machines.": "持续办理后台任务；可在多台机器上运行多个。",
    "Do what there is to do now, and stop.": "办完当前任务即停止。",
    # ingest, catalog
    "Read any messy FILE into a new version; a draft entry is made if there is none.": "把任意杂乱的文件 FILE 读成新版本；尚无目录条目则新建草稿。",
    "<domain>.<name>": "<领域>.<名称>",
    "Whose dataset, for a new one.": "新数据集属于哪个机构。",
    "Instead of guessing: gb18030, utf-8 …": "指定编码而不识别：gb18030、utf-8 等。",
    "What stands between the values.": "取值之间的分隔符。",
    "Number of header lines; 0: none.": "表头行数；0 表示没有表头。",
    "Of a workbook.": "工作簿中的工作表。",
    "Lines before the header.": "表头之前的行数。",
    "Send FILE to an instance elsewhere as a new version of DATASET; stopped, it goes on.": "把文件 FILE 发送到另一处实例，作为数据集 DATASET 的新版本；中断后可继续。",
    "Where the instance is: https://…": "实例地址：https://…",
    "Holds an access token (ingest).": "载有访问令牌（ingest）的文件。",
    "Do not wait until it has become a version.": "不等待其成为版本。",
    "New versions pulled from a URL or a PostgreSQL table, on schedule.": "按周期从网址或 PostgreSQL 表拉取新版本。",
    "Pull CODE from ADDRESS: https://…, or postgresql://user@host/database with --query.": "从 ADDRESS 拉取数据集 CODE：https://…，或 postgresql://用户@主机/数据库 并给出 --query。",
    "realtime, daily, weekly, monthly … irregular, once.": "realtime、daily、weekly、monthly 等，irregular 或 once。",
    "Of a database: a table, or a SELECT.": "数据库中的表或一条 SELECT。",
    "The name of the secret it asks for.": "所需密钥的名称。",
    "Where CODE is pulled from, when next, and what came of the last time.": "显示数据集 CODE 的拉取来源、下次时间和上次结果。",
    "All sources of your organisation.": "列出本机构的全部拉取来源。",
    "Ask the source of CODE now; `gongshu job show` says how far it is.": "立即拉取数据集 CODE；进度见 `gongshu job show`。",
    "Pull CODE no more; its versions stay.": "不再拉取数据集 CODE；已有版本保留。",
    "Long work: how far it is, its log, cancel, try again.": "后台任务：进度、日志、取消与重试。",
    "The jobs of your organisation, the newest first.": "列出本机构的后台任务，最新的在前。",
    "Only about this dataset.": "只列与此数据集有关的。",
    "How far the job NUMBER is, and its log.": "显示任务 NUMBER 的进度和日志。",
    "Wait until it has ended.": "等待至任务结束。",
    "Cancel the job NUMBER; a running one ends when it next says how far it is.": "取消任务 NUMBER；正在运行的任务在下次报告进度时结束。",
    "Try the job NUMBER again, which failed or was cancelled; it goes on from what it saved.": "重试失败或已取消的任务 NUMBER，从已保存的进度继续。",
    "Look through the rows of the open DATASET, or write those that fit to a file.": "翻看开放数据集 DATASET 的数据行，或把符合条件的行写成文件。",
    "Only rows that fit.": "只要符合条件的行。",
    "In this order; - is downwards.": "按此顺序；前加 - 为降序。",
    "Only these columns.": "只要这些列。",
    "How many rows.": "多少行。",
    "How many to leave out before.": "先略过多少行。",
    "Only how many rows fit.": "只给出符合条件的行数。",
    "Only what this column holds.": "只给出该列的统计。",
    "All but a table hold every row that fits.": "除表格外，均含全部符合条件的行。",
    "The file to write; else the screen.": "写入的文件；不给出则输出到屏幕。",
    "This version of the data.": "数据的此版本。",
    "The catalogue of datasets.": "数据集目录。",
    "Only of providers of this region: its code.": "只列此地区提供方的（行政区划代码）。",
    "core, important or general.": "core、important 或 general。",
    "Only updated so: daily, yearly …": "只列此更新周期的：daily、yearly 等。",
    "relevance, newest, updated, title or followed.": "排序：relevance、newest、updated、title 或 followed。",
    "All hits as CSV, up to ten thousand.": "将全部结果输出为 CSV，最多一万条。",
    "What is suggested to who types WORDS.": "输入 WORDS 时的检索建议。",
    "Datasets that one follows, and searches that one keeps.": "关注的数据集与保存的检索。",
    "What your organisation and you follow, and the searches you keep.": "列出本人和本机构关注的数据集及保存的检索。",
    "Be told when the data of dataset CODE change.": "数据集 CODE 的数据更新时收到通知。",
    "Be told of dataset CODE no longer.": "不再接收数据集 CODE 的通知。",
    "Keep the search for WORDS under NAME.": "以 NAME 为名保存对 WORDS 的检索。",
    "Keep saved search NUMBER no longer.": "删除编号为 NUMBER 的检索。",
    "For the whole organisation.": "为全机构。",
    "Whether to be told daily of new hits.": "是否每天通知新结果。",
    "Find datasets by WORDS in titles, columns and descriptions.": "按名称、列和说明中的词语 WORDS 查找数据集。",
    "Only of this domain.": "只列此领域的。",
    "Only of this organisation: its code.": "只列此机构的（机构代码）。",
    "open, conditional or closed.": "open、conditional 或 closed。",
    "unconditional, conditional or none.": "unconditional、conditional 或 none。",
    "Only files of this format.": "只列此格式的。",
    "Which page of the hits.": "结果的第几页。",
    "All entries that one may see.": "列出可见的全部目录条目。",
    "Only in this state: draft, published …": "只列此状态的：draft、published 等。",
    "One entry with its columns and versions.": "显示一个目录条目及其列和版本。",
    "Entries from the ministry's Excel form or JSON (- for stdin); new ones are drafts.": "从目录模板（Excel）或 JSON 导入目录条目（- 表示标准输入）；新条目为草稿。",
    "Check every row and write nothing.": "逐行检查，不写入。",
    "Write the good rows and leave out the others.": "写入正确的行，略过其余。",
    "The ministry's form as an empty Excel FILE.": "把空白目录模板写入 Excel 文件 FILE。",
    "Into this file.": "写入此文件。",
    "As what: ndjson, if nothing is said.": "导出格式，默认为 ndjson。",
    "What it speaks.": "所用协议。",
    "Read again by itself so often.": "自动采集周期。",
    "Whose entries, all of them.": "全部条目所属的机构。",
    "The entries that one may see, as the ministry's Excel form or as JSON.": "把可见的目录条目导出为目录模板（Excel）或 JSON。",
    # harvest
    "Other catalogues read into this one.": "把其他目录采集到本目录。",
    "Propose a catalogue; the head of the data bureau approves its case.": "提出采集源，由数据管理部门负责人在办件中批准。",
    "What the catalogue is called.": "目录名称。",
    "Its address.": "地址。",
    "Under whose name its entries stand.": "条目归属的机构。",
    "Domain of its entries.": "条目所属领域。",
    "May be repeated.": "可重复。",
    "Percent.": "百分比。",
    "The sources and what has come from each.": "列出采集源及各自的条目数。",
    "One source with its runs, and what was wrong in the last.": "显示采集源及其历次采集，以及最近一次的问题。",
    "What a run would do; nothing is written. SOURCE may be one that is only proposed.": "试采集：只显示变化，不写入。SOURCE 也可以是尚未批准的采集源。",
    "Read an approved source; the worker does it.": "采集已批准的来源，由后台执行。",
    "Mark as gone what the last run did not find, though it is more than the ceiling.": "确认把最近一次采集未找到的条目标记为消失（即使超过上限）。",
    "NUMBER made-up draft entries, for measuring.": "生成 NUMBER 个虚构的草稿条目，供测量用。",
    "The same seed makes the same entries.": "种子相同则生成的条目相同。",
    "Write the search index anew from the database.": "依据数据库重建检索索引。",
    "Make a domain, the first part of its datasets' codes; made already, it stays as it is.": "新建领域，即数据集代码的前一部分；已有的保持不变。",
    "Its title in English.": "英文名称。",
    "Say in FILE what the entry says: title_zh, sharing, opening, grade …, and its `fields`.": "用文件填写目录条目：title_zh、sharing、opening、grade 等，以及各列 `fields`。",
    "YAML or JSON.": "YAML 或 JSON 文件。",
    "Set in FILE what the owner allows at most: unit, k, where, columns.": "用文件设定提供方条款：unit、k、where、columns。",
    # org, user, token
    "Organisations and the offices they hold.": "机构及其角色。",
    "Register an organisation by its unified social credit code.": "以统一社会信用代码登记机构。",
    "bureau, agency, operator, …; repeatable.": "bureau、agency、operator 等；可重复给出。",
    "All organisations with the offices they hold.": "列出全部机构及其角色。",
    "The people who act for organisations.": "代表机构办理事务的人员。",
    "Register a person; without --password-file a password is made and shown once.": "登记人员；不给出 --password-file 则自动生成密码，仅显示一次。",
    "Whom the person acts for: the code.": "所属机构的代码。",
    "staff or head": "staff（经办人）或 head（负责人）",
    "The person's name.": "姓名。",
    "Runs this instance.": "本实例的管理员。",
    "Holds the password.": "载有密码的文件。",
    "The people that you may see.": "列出可见的人员。",
    "Give a person another password, for one that was forgotten.": "为忘记密码的人员更换密码。",
    "Somebody left: no session and no token of theirs works from now on.": "人员离开时停用：其登录和令牌即刻失效。",
    "Access tokens for programs.": "供程序使用的访问令牌。",
    "Issue a token (default scope: read); its text is shown this once.": "签发令牌（默认权限范围 read），仅显示这一次。",
    "Whose token.": "令牌属于哪个用户。",
    "read, query, case, ingest, admin.": "read、query、case、ingest、admin。",
    "How long it is valid.": "有效天数。",
    "The tokens that you may see, without their texts.": "列出可见的令牌，不含令牌内容。",
    "End a token now; `token list` shows the numbers.": "立即撤销令牌；编号见 `token list`。",
    # case, registration, calendar
    "Procedures: list and show cases, open one, take a step.": "程序：列出和查看办件、新建办件、办理步骤。",
    "The cases that concern you.": "列出与您有关的办件。",
    "What is late, or about to be: for who supervises.": "逾期和临期的办件，供监督部门查看。",
    "Only those that wait for you.": "只列等待您办理的。",
    "Only those past their due date.": "只列已超期的。",
    "Only those of this procedure.": "只列此程序的。",
    "Only those that are overdue, near, later or none.": "只列办理期限为 overdue（已逾期）、near（临期）、later（未临期）或 none（无期限）的。",
    "Only those handed to you (mine) or to nobody (free).": "只列转交给您的（mine）或未指定经办人的（free）。",
    "Whoever has lent you their rank.": "代行其职责的委托人。",
    "Attach FILE to the case CASE_ID; all who see the case can read it.": "把文件 FILE 附于办件 CASE_ID；所有可查看该办件的单位均可读取。",
    "Send FILE for a form: the form names it by the digest that is printed.": "为填表上传文件 FILE：在表单中填写所显示的摘要。",
    "The files of the case CASE_ID; with a DIGEST, write that file.": "列出办件 CASE_ID 的附件；给出摘要 DIGEST 则写出该文件。",
    "Where to write it; without it, under its own name here.": "写到何处；不给出则以原名写入当前目录。",
    "Comment on the case CASE_ID; without a TEXT, show its comments.": "在办件 CASE_ID 上留言；不给出 TEXT 则显示留言。",
    "Only for your own organisation, and audit.": "仅本单位及审计可见。",
    "Name the colleague who works on the case CASE_ID now.": "指定办件 CASE_ID 现由哪位同事办理。",
    "Which colleague; without it, nobody in particular.": "同事的用户名；不给出则不指定。",
    "Take the step STEP of each of CASE_IDS, of one procedure; exit 1 if one was not done.": "对同一程序的各办件 CASE_IDS 逐件办理步骤 STEP；有未办的则退出码为 1。",
    "Notices, and who is told of them by mail or webhook.": "通知，以及通过邮件或网络回调的发送。",
    "What your organisation was told, the newest first.": "本单位收到的通知，新的在前。",
    "Choose a mail for each notice, one digest daily, or none; without a word: what is chosen.": "选择每条通知发一封邮件（each）、每日一封摘要（daily）或不发送（none）；不给出则显示当前选择。",
    "Where mails go (default: where they went before).": "邮件发往的地址（默认沿用原地址）。",
    "Where an organisation's own systems are told of its notices.": "显示机构自有系统接收通知的网络回调地址。",
    "Whose: the code (default: your organisation).": "机构代码（默认为本单位）。",
    "Send each notice to ADDRESS as well; the secret that signs them is shown this once.": "将每条通知同时发往地址 ADDRESS；签名所用密钥仅显示这一次。",
    "Send no more notices to the organisation's own systems.": "不再向机构自有系统发送通知。",
    "What left by mail or webhook, or waits to, and what went wrong; newest first.": "已发送和待发送的邮件与网络回调及失败原因，新的在前。",
    "Only these.": "只列此状态的。",
    "Send once more what was given up; `notice deliveries` shows the numbers.": "重新发送已放弃的；编号见 `notice deliveries`。",
    "Delegation during leave: lend your rank to a colleague, see and end it.": "离岗委托：委托同事代行职责，查看和终止委托。",
    "Lend your rank to a colleague, for these procedures, between two days.": "在两个日期之间，就所列程序委托同事代行职责。",
    "Which colleague.": "同事的用户名。",
    "Repeatable.": "可重复给出。",
    "The first day.": "第一日。",
    "The last day, included.": "最后一日（含当日）。",
    "Why, for your own organisation.": "原因（供本单位查阅）。",
    "Your organisation's delegations, the newest first.": "本单位的委托，新的在前。",
    "Take a delegation back, or lay it down, now; `delegation list` shows the numbers.": "立即撤回或放弃委托；编号见 `delegation list`。",
    "Work out every case anew from the ledger's entries, and say what differs.": "仅凭账本记录重新推算每个办件，并指出不一致之处。",
    "One case: what happened, and what can be done now.": "查看一个办件：已办的步骤和现在可办的步骤。",
    "A new case of the procedure KIND.": "按程序 KIND 新建办件。",
    "What is filled in, in YAML or JSON; - for the standard input.": "填写内容，YAML 或 JSON；- 表示标准输入。",
    "Sent twice with one key, it is done once.": "幂等键：同一键重复提交只办理一次。",
    "Take the step STEP of the case CASE_ID.": "办理办件 CASE_ID 的步骤 STEP。",
    "A note, or the reason where one is owed.": "备注；须说明理由的步骤填写理由。",
    "Only if the case is still in this state.": "仅当办件仍处于此状态时办理。",
    "Registrations: list, look up by code, certificates.": "登记：列出、按查询码查询、证书。",
    "What is registered; Q is a query code or a part of a name.": "列出登记事项；Q 为查询码或名称的一部分。",
    "Those that anybody may object to now.": "正在公示、任何人可提出异议的事项。",
    "What stands under a query code, as JSON.": "按查询码显示登记内容（JSON）。",
    "Write the certificate: a file that `gongshu verify` checks, or, as *.pdf, a page.": "写出证书：可用 `gongshu verify` 核验的文件，扩展名为 .pdf 时为一页文书。",
    "The file to write.": "写入的文件。",
    "Working days: until when they are known, and how to add a year.": "工作日历：已知到何时，如何增加年份。",
    "Until when the calendar is known.": "日历已知到何时。",
    "Add the years of FILE, and work out anew the due dates that waited for them.\n\n"
    'FILE is {"years": {"2027": {"off": [DATES], "worked": [DATES]}}}, or a year in the shape of\n'
    'the public lists of holidays: {"year": 2027, "days": [{"date": DATE, "isOffDay": true}]}.': "导入文件中的年份，并重新计算暂定的期限。\n\n"
    'FILE 形如 {"years": {"2027": {"off": [日期], "worked": [日期]}}}，或公开节假日表的形式：\n'
    '{"year": 2027, "days": [{"date": 日期, "isOffDay": true}]}。',
    # grant, query, disclosure, risk
    "Who may do what, with which data, for what, until when.": "授权：谁、对哪些数据、为了什么、可以做什么、到何时为止。",
    "Issue a grant as the administrator, through a case of its own.": "由管理员签发授权，并自成一个办件。",
    "The terms, in YAML or JSON; `scope` may stand beside them.": "授权条款，YAML 或 JSON；可同时写明 `scope`。",
    "The grants that concern you.": "列出与您有关的授权。",
    "One grant with its terms.": "显示一项授权及其条款。",
    "End a grant, by the step of its case that ends it.": "通过其办件中的终止步骤结束授权。",
    "Why; the grantee is told.": "理由；将告知被授权方。",
    "Ask under a grant; SQL `-` is read from standard input.": "凭授权查询；SQL 为 `-` 时从标准输入读取。",
    "Under which grant.": "凭哪项授权。",
    "One of the purposes of the grant.": "授权所列用途之一。",
    "A text for a `?`, in order; repeatable.": "依次代入 `?` 的文本；可重复给出。",
    "How the answer is written.": "结果的格式。",
    "Write the receipt to this file.": "把回执写入此文件。",
    "Only say how it would be decided, and why.": "只说明会如何判定及理由，不执行。",
    "The sharing duty list: what is shared, by when, and what was done in time.": "共享责任清单：共享哪些数据、何时办理、是否按期。",
    "One department; else all.": "只列某一部门；缺省为全部。",
    "Who keeps to their deadlines.": "各部门按期办理情况。",
    "The whole list as CSV.": "以 CSV 输出整个清单。",
    "What is disclosed, derived from the ledger alone.": "向社会披露的内容，全部由账本推导。",
    "What those who owe it have published.": "有披露义务的各方已公布的内容。",
    "One year; else all of them.": "某一年；不给出则为全部年份。",
    "Measure k-anonymity, l-diversity and t-closeness of FILE (CSV, Excel, Parquet …).\n\n"
    "Column names are separated by commas; a name with a comma in it stands in double quotes.": "测量文件（CSV、Excel、Parquet 等）的 k-匿名、l-多样性和 t-接近度。\n\n"
    "列名以逗号分隔；列名本身含逗号的加双引号。",
    "How many the population has that the rows were drawn from.": "数据所抽取的总体规模。",
    "Say what would make it safer.": "给出降低风险的建议。",
    "The wanted k of suggestions.": "建议所要达到的 k。",
    "At most so many percent of the rows (or units) may be left out.": "允许剔除的行（或单元）的最高百分比。",
    "The quality of datasets (GB/T 36344): indicators, rules, what to mend.": "数据集质量（GB/T 36344）：指标、规则、待整改项。",
    "The quality of the dataset CODE: score, indicators, what to mend, freshness.": "数据集 CODE 的质量：得分、指标、待整改项、时效。",
    "Instead of the newest.": "指定版本而非最新版本。",
    "Datasets by score, worst first, and those that are late.": "按得分由低到高列出数据集及逾期情况。",
    "Where CODE and OTHER say different things of the same: same key, other value.": "CODE 与 OTHER 的矛盾之处：主键相同而取值不同。",
    "One column of each to match by.": "用于匹配的列，两个数据集各一列。",
    "What must hold in a dataset's rows.": "数据集各行须满足的规则。",
    "The rules of the dataset CODE, as JSON that `set` takes.": "数据集 CODE 的规则，格式为 `set` 所用的 JSON。",
    "With those that the data suggest.": "同时列出依据数据建议的规则。",
    "Set all rules of the dataset CODE from FILE (JSON; “-”: what is typed).": "用文件 FILE（JSON；“-”为标准输入）设定数据集 CODE 的全部规则。",
    "Take over all the rules that the data of CODE suggest.": "采纳依据 CODE 的数据建议的全部规则。",
    "Grade a dataset by its columns (GB/T 43697).": "按数据项为数据集定级（GB/T 43697）。",
    "What is proposed for each column of the dataset CODE, and why.": "数据集 CODE 各列的建议级别及依据。",
    "What was confirmed for the columns of the dataset CODE, and by whom.": "数据集 CODE 各列已确认的级别及确认人。",
    "Confirm the grades of columns of the dataset CODE: all that is named, or nothing.": "确认数据集 CODE 各列的级别：全部生效或全不生效。",
    "Whom the column would harm and how badly (several with commas; nothing: nobody).": "该列的影响对象和影响程度（多项用逗号分隔；留空表示无危害）。",
    "Why a column is graded below the proposal.": "低于建议级别的理由。",
    "All columns not confirmed yet, as proposed.": "其余未确认的列均按建议确认。",
    "The dataset takes the grade of the strictest column.": "数据集采用最严格列的级别。",
    "Columns that somebody may know of a person.": "他人可能知道的列（准标识符）。",
    "Columns that nobody should learn.": "不应被人得知的列（敏感属性）。",
    "The column that says whose row it is.": "指明各行属于谁的列。",
    # verify, ledger
    "Say whether RECEIPT proves what it says; exit 1 with the reason if it does not.\n\n"
    "A certificate of registration holds its receipt and is checked in the same way, and so is\n"
    "the archive that `gongshu ledger export` writes.": "核验回执 RECEIPT 是否成立；不成立则说明理由，退出码为 1。\n\n"
    "登记证书内含回执，核验方法相同；`gongshu ledger export` 写出的压缩包也同样核验。",
    "A checkpoint of the log, got elsewhere.": "从别处取得的日志检查点。",
    "The log's public key: a file or the line itself.": "日志公钥：文件或公钥本身。",
    "The log of all acts and uses: its key, checkpoint, proofs, audit.": "账本：日志的公钥、检查点、证明和核查。",
    "Print the log's public key, a C2SP verifier key.": "打印日志公钥（C2SP 验证密钥）。",
    "Print the newest signed checkpoint; what is pending is sequenced first.": "打印最新的已签名检查点；待定序的条目先行定序。",
    "Print the proof of entry INDEX (counted from 0), in the form c2sp.org/tlog-proof@v1.": "打印第 INDEX 号条目（从 0 起）的证明，格式为 c2sp.org/tlog-proof@v1。",
    "Recompute the whole log from its entries and check all else against it; exit 1 if unsound.": "由条目重新计算整个日志并逐项核对；有不符之处则退出码为 1。",
    "Write a slice to FILE, a zip archive: each entry with its proof, and a verifier.\n\n"
    "`gongshu verify FILE` checks it, and so does the verify.py in it, which needs nothing of ours.": "把账本切片写入 FILE（zip 压缩包）：每个条目附证明，并附核验程序。\n\n"
    "`gongshu verify FILE` 可核验；包内的 verify.py 亦可，且不依赖本平台任何软件。",
    "How agencies and regions do, by what the ledger counts; nothing counted is no basis.": "评价：依据账本计数的各部门、各地区指标；没有计数即无依据。",
    "One year; else this one.": "指定年份；默认为本年。",
    "Only this agency, indicator by indicator: its code.": "只看此部门的各项指标（机构代码）。",
    "What this figure counts, one by one; with --of.": "逐条列出此指标所计的内容；与 --of 同用。",
    "Add all entries up anew first.": "先重新汇总全部条目。",
    "csv, json or parquet.": "csv、json 或 parquet。",
    "Only this event: query.answered …": "只取此事件：query.answered 等。",
    "Only about this kind of thing: grant, case, dataset …": "只取此类事物的：grant、case、dataset 等。",
    "Only about the thing of this number or code.": "只取此编号或代码的。",
    "Only by this organisation, or about what is its own: the code.": "只取此机构所为或属于此机构的（机构代码）。",
    "From this day or time on.": "自此日期或时间起。",
    "Before this day or time.": "此日期或时间之前。",
    "From the entry of this number on.": "自此序号的条目起。",
    "Up to the entry of this number.": "至此序号的条目止（含）。",
    "Only so many, drawn by the seed.": "只取这么多条，按种子抽取。",
    "The same seed draws the same sample; anybody can repeat it.": "同一种子抽得同一样本，任何人均可重新抽取。",
}  # fmt: skip

CLICK: dict[str, str] = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Aborted!": "已中止。",
    "Error: {message}": "错误：{message}",
    "Try '{command} {option}' for help.": "用法说明见 '{command} {option}'。",
    "Missing command.": "缺少命令。",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Invalid value: {message}": "取值无效：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的取值无效：{message}",
    "No such option {name!r}.": "没有选项 {name}。",
    "No such command {name!r}.": "没有命令 {name}。",
    "Option {name!r} does not take a value.": "选项 {name} 不带取值。",
    "Option {name!r} requires an argument.": "选项 {name} 须带取值。",
    "{name} {filename!r} does not exist.": "{name} {filename} 不存在。",
    "{name} {filename!r} is a directory.": "{name} {filename} 是文件夹。",
    "{name} {filename!r} is a file.": "{name} {filename} 是文件。",
    "{name} {filename!r} is not readable.": "{name} {filename} 无法读取。",
    "{value!r} is not a valid {number_type}.": "“{value}”不是有效的数。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 之内。",
    "Could not open file {filename!r}: {message}": "无法打开文件 {filename}：{message}",
    "Choose from:\n\t{choices}": "可选：\n\t{choices}",
    "default: {default}": "默认：{default}",
    "required": "必填",
    "Show this message and exit.": HELP["Show this message and exit."],
}
SPEAKING = ("core", "decorators", "exceptions", "formatting", "parser", "types")


def speak() -> None:
    """Click's own words in Chinese: it asks gettext, which would want compiled files on disk."""
    for name in SPEAKING:
        module: ModuleType = getattr(click, name)
        if vars(module).get("_") is gettext.gettext:
            vars(module)["_"] = _said


def _said(english: str) -> str:
    return CLICK.get(english, english)


def in_chinese(command: click.Command) -> click.Command:
    """A copy of the command, its options and its commands, with their help in Chinese."""
    made = copy.copy(command)
    made.help = translated(command.help)
    made._help_option = None  # made when it is first needed, in the language of then
    made.params = [_option(parameter) for parameter in command.params]
    if isinstance(made, click.Group):
        made.commands = {name: in_chinese(inner) for name, inner in made.commands.items()}
    return made


def _option(parameter: click.Parameter) -> click.Parameter:
    made = copy.copy(parameter)
    if isinstance(made, click.Option):
        made.help = translated(made.help)
    return made


def translated(text: str | None) -> str | None:
    return HELP.get(inspect.cleandoc(text), text) if text else text
