"""Datasets, their fields, their versions, and what is known of them; one file per matter."""

from gongshu.catalog.models.elements import (
    ColumnSketch,
    DataElement,
    ElementField,
    Role,
    SketchHash,
)
from gongshu.catalog.models.entries import VISIBILITY, Dataset, Domain, Field
from gongshu.catalog.models.following import Following, SavedSearch
from gongshu.catalog.models.grading import FieldGrade
from gongshu.catalog.models.quality import QualityReport
from gongshu.catalog.models.readings import Reading
from gongshu.catalog.models.requests import IndexChange, KeyedRequest
from gongshu.catalog.models.uploads import Pull, Pulled, PullKind, Upload
from gongshu.catalog.models.versions import (
    Comparison,
    Mode,
    OwnerTerms,
    Version,
    VersionHold,
    VersionRules,
)
from gongshu.catalog.models.words import (
    Classification,
    Grade,
    Opening,
    Sharing,
    SharingMethod,
    State,
    UpdateCycle,
    Visibility,
)

__all__ = [
    "VISIBILITY",
    "Classification",
    "ColumnSketch",
    "Comparison",
    "DataElement",
    "Dataset",
    "Domain",
    "ElementField",
    "Field",
    "FieldGrade",
    "Following",
    "Grade",
    "IndexChange",
    "KeyedRequest",
    "Mode",
    "Opening",
    "OwnerTerms",
    "Pull",
    "PullKind",
    "Pulled",
    "QualityReport",
    "Reading",
    "Role",
    "SavedSearch",
    "Sharing",
    "SharingMethod",
    "SketchHash",
    "State",
    "UpdateCycle",
    "Upload",
    "Version",
    "VersionHold",
    "VersionRules",
    "Visibility",
]
