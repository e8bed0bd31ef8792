"""Is every rule of a programme complete, dated, sourced and without a gap?"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from bot.content.programme_files import CategoryFile, ProgrammeFile, RuleFile
from bot.domain.message_kind import MessageKind
from bot.domain.programme import CATEGORIES, NOT_SET, Anchor, Phase

_NOT_SAID_BY_STEPS = (MessageKind.DOSE, MessageKind.NUDGE, MessageKind.CHECKIN)
_GIVEN = {
    Phase.BEFORE: {Anchor.PLANNED_START, Anchor.PERIOD_START},
    Phase.SUPPLY: {Anchor.SUPPLY_START},
    Phase.COURSE: {Anchor.FIRST_CAPSULE},
    Phase.AFTER: {Anchor.LAST_CAPSULE},
}
"""Days that every step of a phase can count from; others are set by the steps before it."""

Fault = tuple[Sequence[str | int], str]
"""Where in the file, and why; the keys that lead there."""


def faults(path: Path, file: ProgrammeFile) -> Iterator[Fault]:
    """Everything that is wrong with a file that has the right form."""
    if file.id != path.stem:
        yield ("id",), f"the file of {file.id!r} must be called {file.id}.yaml"
    for name in file.categories:
        if name not in CATEGORIES or name == NOT_SET:
            yield ("categories", name), f"{name!r} is no category that a clinic sets"
    for name, category in file.categories.items():
        place = ("categories", name, "steps")
        yield from _step_faults(file, category, place)


def _step_faults(
    file: ProgrammeFile, category: CategoryFile, place: Sequence[str | int]
) -> Iterator[Fault]:
    seen: set[str] = set()
    anchors: set[Anchor] = set()
    for index, step in enumerate(category.steps):
        here = (*place, index)
        if step.id in seen:
            yield (*here, "id"), f"the step {step.id!r} stands twice"
        if step.kind in _NOT_SAID_BY_STEPS:
            yield (*here, "kind"), f"a step cannot send {step.kind.value!r}: doses plan those"
        for name in step.requires:
            if name not in seen:
                yield (*here, "requires"), f"there is no step {name!r} before this one"
        known = anchors | _GIVEN[step.phase]
        if step.phase is not Phase.BEFORE:
            known |= {Anchor.FIRST_CAPSULE}
        yield from _version_faults(file, step.versions, here, "versions", known=known)
        own = {step.sets} if step.sets else set()
        yield from _version_faults(
            file, step.again, here, "again", known=known | own | {Anchor.MISSED_WINDOW}
        )
        seen.add(step.id)
        anchors |= own


def _version_faults(
    file: ProgrammeFile,
    rules: Sequence[RuleFile],
    here: Sequence[str | int],
    key: str,
    *,
    known: set[Anchor],
) -> Iterator[Fault]:
    for index, rule in enumerate(rules):
        place = (*here, key, index)
        yield from _name_faults(file, rule, place)
        if rule.required and not rule.opens:
            yield place, "opens: a rule that asks for something says from which day on"
        for bound in (*rule.opens, *rule.closes):
            if Anchor(bound.split()[0]) not in known:
                yield place, f"nothing before this step says when {bound.split()[0]!r} is"
    for index, (one, following) in enumerate(pairwise(rules)):
        gap = _gap(one, following)
        if gap:
            yield (*here, key, index + 1), gap
    if rules and (rules[-1].valid_to or rules[-1].until):
        reason = "the last version ends and nothing follows; add one with required: false"
        yield (*here, key, len(rules) - 1), reason


def _name_faults(
    file: ProgrammeFile, rule: RuleFile, place: Sequence[str | int]
) -> Iterator[Fault]:
    changes = {change.id for change in file.changes}
    if not rule.id.startswith(f"{file.id}/"):
        yield (*place, "id"), f"a rule of this programme is called {file.id}/…@1"
    for source in rule.source:
        if source not in file.sources:
            yield (*place, "source"), f"the source {source!r} is not listed under sources"
    for change in (rule.valid_from, rule.until):
        if isinstance(change, str) and change not in changes:
            yield place, f"there is no change {change!r} under changes"


def _gap(one: RuleFile, following: RuleFile) -> str | None:
    if one.until is not None or isinstance(following.valid_from, str):
        if one.until == following.valid_from:
            return None
        return f"{one.id} ends with {one.until} and {following.id} starts with something else"
    if one.valid_to is None or following.valid_from is None:
        return f"{one.id} needs valid_to and {following.id} valid_from"
    if one.valid_to + timedelta(days=1) != following.valid_from:
        return (
            f"a gap or an overlap: {one.id} ends on {one.valid_to}, "
            f"{following.id} starts on {following.valid_from}"
        )
    return None
