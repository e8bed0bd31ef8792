"""What is a rule, and is it true of a patient? Three answers: yes, no, not known. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from bot.domain.audience.fields import Value, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Everybody:
    """True of everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """The field has one of these values."""

    field: str
    values: frozenset[Value]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The number lies between these bounds, both included; None: no bound."""

    field: str
    least: int | None
    most: int | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Anything at all is known of the field."""

    field: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The contrary."""

    rule: "Rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every one of these."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one of these."""

    rules: tuple["Rule", ...]


Test = OneOf | Within | Known
Rule = Everybody | Test | Not | All | AnyOf


def fits(rule: Rule, values: Values) -> bool:
    """Whether the rule is surely true: what is not known lets nobody in."""
    return truth(rule, values) is True


def truth(rule: Rule, values: Values) -> bool | None:
    """Yes, no, or None where what is known does not decide (Kleene's three-valued logic)."""
    match rule:
        case Everybody():
            return True
        case Known():
            return values.get(rule.field) is not None
        case OneOf() | Within():
            return _test(rule, values)
        case Not():
            inner = truth(rule.rule, values)
            return None if inner is None else not inner
        case All():
            return _joined([truth(one, values) for one in rule.rules], deciding=False)
        case AnyOf():
            return _joined([truth(one, values) for one in rule.rules], deciding=True)
        case _:
            assert_never(rule)


def may_fit(rule: Rule, values: Values) -> bool:
    """Whether somebody with these values can exist whom the rule fits.

    Other than in `truth`, a field that is missing here may have any value, or be unknown.
    """
    return truth(_undecided(rule, values), values) is not False


def _undecided(rule: Rule, values: Values) -> Rule:
    """The rule, in which nothing can be said of whether a missing field is known."""
    match rule:
        case Known() if rule.field not in values:
            return OneOf(field=rule.field, values=frozenset(), said=rule.said)
        case Not():
            return Not(rule=_undecided(rule.rule, values))
        case All():
            return All(rules=tuple(_undecided(one, values) for one in rule.rules))
        case AnyOf():
            return AnyOf(rules=tuple(_undecided(one, values) for one in rule.rules))
        case _:
            return rule


def tests_of(rule: Rule) -> Iterator[Test]:
    """Every single comparison in the rule, in the order written."""
    match rule:
        case Everybody():
            return
        case OneOf() | Within() | Known():
            yield rule
        case Not():
            yield from tests_of(rule.rule)
        case All() | AnyOf():
            for one in rule.rules:
                yield from tests_of(one)
        case _:
            assert_never(rule)


def fields_of(rule: Rule) -> frozenset[str]:
    """The fields that the rule asks for."""
    return frozenset(test.field for test in tests_of(rule))


def _test(rule: OneOf | Within, values: Values) -> bool | None:
    value = values.get(rule.field)
    if value is None:
        return None
    if isinstance(rule, OneOf):
        return value in rule.values
    number = int(value)
    return (rule.least is None or number >= rule.least) and (
        rule.most is None or number <= rule.most
    )


def _joined(answers: list[bool | None], *, deciding: bool) -> bool | None:
    if deciding in answers:
        return deciding
    return None if None in answers else not deciding
