"""docs/reference/terms.md: the keys of a grant's terms, in both languages."""

from __future__ import annotations

from gongshu.data.policy.terms_guide import KEYS

HEAD = """# Terms 授权条款

The terms of a grant are one YAML or JSON document; `gongshu grant create -f terms.yaml` and the
forms of the portal take it. A grant can only narrow what the owner of a dataset allows. A key that
is unknown, or present and empty, is refused with its place. An owner's own terms
(`PUT /api/datasets/{code}/terms`) are what stands here under `datasets.<d>`, with `purposes`,
`output`, `protection` and `history` beside it as ceilings.

授权条款为一份 YAML 或 JSON 文档，可用 `gongshu grant create -f terms.yaml` 或门户表单提交。
授权只能在提供方允许的范围内收窄。未知的键、有键无值，均会指明位置并拒绝。提供方自己的条款
（`PUT /api/datasets/{code}/terms`）即此处 `datasets.<d>` 之下的内容，另可写 `purposes`、
`output`、`protection`、`history` 作为上限。

| key 键 | for instance 例 | meaning | 含义 |
| --- | --- | --- | --- |
"""


def page() -> str:
    rows = [f"| `{k.path}` | `{k.value}` | {k.meaning.en} | {k.meaning.zh} |" for k in KEYS]
    return HEAD + "\n".join(rows) + "\n"
