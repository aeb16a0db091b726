"""The quality of a table by GB/T 36344-2018: 20 indicators, from its rows and declared rules."""

from gongshu.data.quality.assess import Around, assess
from gongshu.data.quality.indicators import (
    DIMENSIONS,
    KINDS,
    Finding,
    Fix,
    Indicator,
    Quality,
)
from gongshu.data.quality.proposals import proposals
from gongshu.data.quality.rules import Check, FieldRules, Reference, Rules

__all__ = [
    "DIMENSIONS",
    "KINDS",
    "Around",
    "Check",
    "FieldRules",
    "Finding",
    "Fix",
    "Indicator",
    "Quality",
    "Reference",
    "Rules",
    "assess",
    "proposals",
]
