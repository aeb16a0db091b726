"""How easily could somebody be found in a table, and what would make it safer?

>>> import pyarrow as pa
>>> t = pa.table({"age": [30, 30, 41], "sex": ["m", "m", "f"], "disease": ["a", "b", "a"]})
>>> found = risk(t, quasi=["age", "sex"], sensitive=["disease"])
>>> found.k, found.classes, found.l["disease"]
(1, 2, 1)
"""

from gongshu.data.disclosure_risk.fragment import not_in_terms, owners_terms
from gongshu.data.disclosure_risk.quasi import quasi_identifiers, sensitive_columns
from gongshu.data.disclosure_risk.risk import Risk, risk
from gongshu.data.disclosure_risk.suggestions import Suggestions, suggest

__all__ = [
    "Risk",
    "Suggestions",
    "not_in_terms",
    "owners_terms",
    "quasi_identifiers",
    "risk",
    "sensitive_columns",
    "suggest",
]
