"""What a caller is told when a query could not be run: one constant sentence per kind.

Nothing of the engine's own text is kept, not even as the cause of the exception: a failed
cast, a regular expression or `error()` can carry the value of a row out in a message.

>>> EngineFailed("deadline").reason
'The query took longer than it may and was ended.'
"""

from __future__ import annotations

from gongshu.wording import Problem, Sentence

SENTENCES: dict[str, Sentence] = {
    "deadline": Sentence(
        en="The query took longer than it may and was ended.",
        zh="查询超过了允许的时长，已被终止。",
    ),
    "limit": Sentence(
        en="The query needs more memory, or gives a larger answer, than it may.",
        zh="查询所需内存或结果大小超过了允许的上限。",
    ),
    "engine": Sentence(
        en="The engine could not carry out this query.",
        zh="查询引擎未能执行该查询。",
    ),
    "stopped": Sentence(
        en="The query was stopped: its grant is no longer in force, or the service is closing.",
        zh="查询已被中止：其所依据的授权已不再有效，或服务正在关闭。",
    ),
    "busy": Sentence(
        en="All query workers are busy.",
        zh="所有查询进程均处于繁忙状态。",
    ),
    "sandbox": Sentence(
        en="This machine cannot lock the query engine in, so no query is run.",
        zh="本机无法隔离查询引擎，因此不执行任何查询。",
    ),
}

SUGGESTIONS: dict[str, Sentence] = {
    "deadline": Sentence(
        en="Ask about fewer rows, or join less.",
        zh="请缩小查询的数据范围，或减少关联。",
    ),
    "limit": Sentence(
        en="Ask for fewer groups or columns.",
        zh="请减少分组或列的数量。",
    ),
    "engine": Sentence(
        en="Check casts, divisions and date formats; the engine's own words are not shown, "
        "because they can quote data.",
        zh="请检查类型转换、除法与日期格式；引擎的原始报错可能引用数据，因此不予显示。",
    ),
    "busy": Sentence(en="Try again in a moment.", zh="请稍后重试。"),
    "sandbox": Sentence(
        en="Run `gongshu doctor` to see which lock is missing.",
        zh="请运行 `gongshu doctor` 查看缺少哪一项隔离措施。",
    ),
}


class EngineFailed(Problem):
    """A query was not answered; `code` is a key of `SENTENCES`."""

    def __init__(self, code: str) -> None:
        super().__init__(code, SENTENCES[code], suggestion=SUGGESTIONS.get(code))
