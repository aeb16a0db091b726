"""What is in a table: one pass over its Parquet, and what follows from it.

>>> import pyarrow as pa
>>> found = profile(pa.table({"手机": ["13800138000", "13912345678"], "n": [1, 3]}))
>>> found.column("手机").semantic_type.kind, found.column("n").max, found.grade.level
('mobile', 3, 2)
"""

from gongshu.data.profiling.grades import Grade
from gongshu.data.profiling.model import Bin, ColumnProfile, Profile, TopValue
from gongshu.data.profiling.profile import profile
from gongshu.data.profiling.semantics import SemanticType

__all__ = [
    "Bin",
    "ColumnProfile",
    "Grade",
    "Profile",
    "SemanticType",
    "TopValue",
    "profile",
]
