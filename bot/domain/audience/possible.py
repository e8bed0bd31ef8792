"""Can a rule be true of anybody at all, or false of anybody? Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product

from bot.domain.audience.fields import FIELDS, NO, YES, FieldKind, Value, Values
from bot.domain.audience.rule import Known, OneOf, Rule, Within, fields_of, truth
from bot.domain.audience.rule import tests_of as all_tests

_TRIED_AT_MOST = 50_000
_SEVERAL = 2
_ADULT = 18
_DAYS = 7


def is_possible(rule: Rule) -> bool:
    """Whether a patient can exist whom the rule fits; in doubt, yes."""
    return any(truth(rule, values) is True for values in _tried(rule))


def leaves_nobody_out(rule: Rule) -> bool:
    """Whether several comparisons cancel each other out, so that the rule is false of nobody."""
    if len(list(all_tests(rule))) < _SEVERAL:
        return False
    found = [truth(rule, values) for values in _tried(rule)]
    return len(found) < _TRIED_AT_MOST and False not in found


def assignments(rules: Iterable[Rule], fields: frozenset[str], *, most: int) -> list[Values]:
    """Values of `fields` that can change what the rules say; the first audience comes first."""
    known = {name: some for name, some in candidates(*rules).items() if name in fields}
    return list(islice((one for one in _combined(known) if _agree(one)), most))


def candidates(*rules: Rule) -> dict[str, list[Value | None]]:
    """For each field that the rules ask for, the values on both sides of every comparison."""
    found: dict[str, dict[Value | None, None]] = {}
    for rule in rules:
        for test in all_tests(rule):
            found.setdefault(test.field, {}).update(dict.fromkeys(_around(test)))
    if "day" in found and "week" in found:
        weeks = [int(week) for week in found["week"] if week is not None]
        around = [day for week in weeks for day in (_DAYS * (week - 1) + 1, _DAYS * week)]
        found["day"].update(dict.fromkeys(day for day in around if day >= 0))
        days = [int(day) for day in found["day"] if day is not None]
        found["week"].update(dict.fromkeys(_week(day) for day in days if day > 0))
    if "minor" in found and "age" in found:
        found["age"].update({_ADULT - 1: None, _ADULT: None})
    return {name: list(values) for name, values in found.items()}


def _around(test: OneOf | Within | Known) -> Iterator[Value | None]:
    field = FIELDS[test.field]
    if isinstance(test, Within):
        for bound in (test.least, test.most):
            if bound is not None:
                near = (bound, bound - 1, bound + 1)
                yield from (n for n in near if field.least <= n <= field.most)
    elif isinstance(test, OneOf):
        yield from sorted(test.values, key=str)
    yield from field.choices
    if field.kind is FieldKind.NUMBER:
        yield field.least
    elif not field.choices:
        yield "another"
    yield None


def _tried(rule: Rule) -> Iterator[Values]:
    known = candidates(rule) if fields_of(rule) else {}
    return (one for one in islice(_combined(known), _TRIED_AT_MOST) if _agree(one))


def _combined(known: Mapping[str, list[Value | None]]) -> Iterator[Values]:
    for chosen in product(*known.values()):
        yield dict(zip(known, chosen, strict=True))


def _agree(values: Values) -> bool:
    """Whether these facts can be true together of one patient."""
    day, week, age = values.get("day"), values.get("week"), values.get("age")
    if "day" in values and "week" in values:
        is_same = day is None if week is None else day is not None and _week(int(day)) == week
        if not is_same:
            return False
    if age is not None and values.get("minor") not in (None, YES if int(age) < _ADULT else NO):
        return False
    return _agrees_with_stage(values)


def _agrees_with_stage(values: Values) -> bool:
    stage = values.get("stage")
    if stage is None:
        return True
    has_begun = [values[name] is not None for name in ("day", "week") if name in values]
    if stage == "before" and any(has_begun):
        return False
    if stage == "during" and not all(has_begun):
        return False
    is_over = values.get("days-after-end") is not None
    return "days-after-end" not in values or is_over == (stage == "after")


def _week(day: int) -> int:
    return (day - 1) // _DAYS + 1
