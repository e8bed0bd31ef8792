"""Who is meant by a campaign? A small readable rule language over a patient's facts. Pure."""

from bot.domain.audience.explain import Explanation, Tally, explain
from bot.domain.audience.fields import FIELDS, Field, FieldKind, Value, Values
from bot.domain.audience.parse import RuleError, parse
from bot.domain.audience.rule import Rule, fields_of, fits, truth

__all__ = [
    "FIELDS",
    "Explanation",
    "Field",
    "FieldKind",
    "Rule",
    "RuleError",
    "Tally",
    "Value",
    "Values",
    "explain",
    "fields_of",
    "fits",
    "parse",
    "truth",
]
