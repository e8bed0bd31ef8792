"""Which programmes are there? Loaded from content/programmes, checked as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from pathlib import Path

from bot.content.programme_checks import faults
from bot.content.programme_files import ProgrammeFile, ReminderFile, RuleFile, StepFile
from bot.content.yaml_loader import ContentError, load_yaml, mark_of
from bot.domain.programme import (
    Anchor,
    Bound,
    CategoryRules,
    Cutoff,
    Programme,
    Rule,
    RuleChange,
    StepReminder,
    StepRule,
)


def load_programmes(folder: Path) -> Mapping[str, Programme]:
    """All of content/programmes by id. Raises ContentError where a file is wrong."""
    loaded = [load_programme(path) for path in sorted(folder.glob("*.yaml"))]
    return {one.id: one for one in loaded}


def load_programme(path: Path) -> Programme:
    """One programme, checked as a whole. Raises ContentError with line and column."""
    file = load_yaml(path, ProgrammeFile)
    for keys, reason in faults(path, file):
        line, column = mark_of(path, keys)
        raise ContentError(path, line=line, column=column, reason=reason)
    words = path.read_text(encoding="utf-8")
    return replace(_programme(file), words=words).with_dates({})


def _programme(file: ProgrammeFile) -> Programme:
    return Programme(
        id=file.id,
        version=file.version,
        name=file.name,
        regions=file.regions,
        supply_days=file.supply.days,
        notice_days=file.notice_days,
        urgent_slack_days=file.urgent_slack_days,
        cutoff=Cutoff(at=time.fromisoformat(file.cutoff.at), zone=file.cutoff.zone)
        if file.cutoff
        else None,
        changes=tuple(
            RuleChange(
                id=one.id,
                what=one.what,
                announced_on=one.announced_on,
                planned_for=one.planned_for,
                effective_on=one.effective_on,
                source=_named(file, one.source),
            )
            for one in file.changes
        ),
        categories={
            name: CategoryRules(
                id=name,
                methods_needed=one.methods_needed,
                one_is_enough=one.one_is_enough,
                not_accepted=one.not_accepted,
                may_abstain=one.may_abstain,
                steps=tuple(_step(file, step) for step in one.steps),
                announced_days=-min(
                    (0, *(day for step in one.steps for r in step.reminders for day in r.days))
                ),
            )
            for name, one in file.categories.items()
        },
    )


def _step(file: ProgrammeFile, step: StepFile) -> StepRule:
    given = step.model_dump(exclude={"versions", "again", "reminders", "who", "requires"})
    return StepRule(
        **given,
        who=step.who,
        requires=step.requires,
        versions=tuple(_rule(file, rule) for rule in step.versions),
        again=tuple(_rule(file, rule) for rule in step.again),
        reminders=tuple(_reminder(one) for one in step.reminders),
    )


def _rule(file: ProgrammeFile, rule: RuleFile) -> Rule:
    since = rule.valid_from
    return Rule(
        id=rule.id,
        valid_from=since if isinstance(since, date) else None,
        valid_to=rule.valid_to,
        starts_with=since if isinstance(since, str) else None,
        ends_with=rule.until,
        required=rule.required,
        opens=tuple(_bound(text) for text in rule.opens),
        closes=tuple(_bound(text) for text in rule.closes),
        place=rule.place,
        under_age_years=rule.under_age_years,
        source=_named(file, rule.source),
        confidence=rule.confidence,
        reviewer=rule.reviewer,
    )


def _reminder(one: ReminderFile) -> StepReminder:
    return StepReminder(
        id=one.id,
        message=one.message,
        full=one.full,
        from_closing=one.after == "closes",
        after_missed=one.after == "missed",
        days=one.days,
        at=tuple(time.fromisoformat(at) for at in one.at),
        kind=one.kind,
    )


def _bound(text: str) -> Bound:
    anchor, days, *rest = text.split()
    return Bound(anchor=Anchor(anchor), days=int(days), firm=bool(rest))


def _named(file: ProgrammeFile, names: Sequence[str]) -> str:
    return " ; ".join(file.sources[name] for name in names)
