"""How easily could somebody be found in a table? k-anonymity, l-diversity, t-closeness.

>>> import pyarrow as pa
>>> t = pa.table({"age": [30, 30, 41], "sex": ["m", "m", "f"], "disease": ["a", "b", "a"]})
>>> found = risk(t, quasi=["age", "sex"], sensitive=["disease"])
>>> found.k, found.classes, found.l["disease"]
(1, 2, 1)
"""

from gongshu.data.disclosure_risk.risk import Risk, risk

__all__ = ["Risk", "risk"]
