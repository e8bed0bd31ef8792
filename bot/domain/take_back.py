"""Which facts undo what an entry recorded? None is removed, each is superseded. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.domain.patient import Fact, FactKind, FactValue

_SAME: Mapping[FactKind, tuple[str, ...]] = {
    FactKind.EVIDENCE: ("name", "on", "source", "test"),
    FactKind.REGIMEN: ("step",),
    FactKind.COURSE_PAUSE: ("pause",),
    FactKind.WEIGHT: ("on",),
}
"""What tells that two facts of a kind are about the same thing; other kinds have one value each."""
_NOTHING: Mapping[FactKind, FactValue] = {
    FactKind.HOLD: {"category": None, "outcome": "entry-taken-back"},
    FactKind.DOSING_STOPPED: {"stopped": False, "by": "clinic"},
    FactKind.SILENCE: {"reason": None, "kinds": ""},
    FactKind.SETTLING: {"until": None},
    FactKind.TARGET: {},
    FactKind.LAB_PROFILE: {"profile": None},
}
"""The value that stands for "never recorded"."""


def superseding(facts: Sequence[Fact], undone: Sequence[Fact]) -> list[tuple[FactKind, FactValue]]:
    """What to record so that all of `undone`, recorded by one entry, no longer holds."""
    marks = {fact.recorded_by for fact in undone}
    others = [fact for fact in facts if fact.recorded_by not in marks]
    found: dict[tuple[object, ...], tuple[FactKind, FactValue]] = {}
    for fact in undone:
        key = (fact.kind, *_about(fact))
        found[key] = (fact.kind, _before(fact, others))
    return list(found.values())


def _before(fact: Fact, others: Sequence[Fact]) -> FactValue:
    """The value that held before, or the one that stands for nothing."""
    same = [o for o in others if o.kind is fact.kind and _about(o) == _about(fact)]
    earlier = [one for one in same if one.recorded_at <= fact.recorded_at]
    if earlier:
        return max(earlier, key=lambda one: (one.effective_at, one.recorded_at)).value
    if fact.kind is FactKind.COURSE_PAUSE:
        first = date.fromisoformat(str(fact.value["from_day"]))
        return {**fact.value, "until_day": (first - timedelta(days=1)).isoformat()}
    return _NOTHING.get(fact.kind, {**fact.value, "withdrawn": True})


def _about(fact: Fact) -> tuple[object, ...]:
    return tuple(fact.value.get(name) for name in _SAME.get(fact.kind, ()))
