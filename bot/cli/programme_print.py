"""How does a programme, or a change of its rules, look on a terminal and in JSON?"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.domain.identity import PatientId
from bot.domain.programme import Bound, CategoryRules, Programme, Rule, StepRule
from bot.domain.rehearsal import Rehearsal
from bot.domain.step import Step
from bot.services.programme_desk import ConfirmedDate


def rules(programme: Programme) -> list[Rule]:
    """Every version of every rule."""
    return [
        rule
        for category in programme.categories.values()
        for step in category.steps
        for rule in (*step.versions, *step.again)
    ]


def summary(programme: Programme) -> dict[str, Any]:
    """A programme for programs to read, without its steps."""
    return {
        "id": programme.id,
        "name": programme.name,
        "version": programme.version,
        "regions": programme.regions,
        "supply_days": programme.supply_days,
        "changes": [
            {
                "id": one.id,
                "what": one.what,
                "announced_on": one.announced_on.isoformat(),
                "planned_for": one.planned_for.isoformat() if one.planned_for else None,
                "effective_on": one.effective_on.isoformat() if one.effective_on else None,
                "source": one.source,
            }
            for one in programme.changes
        ],
    }


def step_record(step: StepRule, day: date | None) -> dict[str, Any]:
    """A step with its rules, those of `day` only if given."""
    return {
        "id": step.id,
        "phase": step.phase.value,
        "evidence": step.evidence.value if step.evidence else None,
        "who": [who.value for who in step.who],
        "kind": step.kind.value,
        "rules": [_rule_record(rule) for rule in _in_force(step.versions, day)],
        "after_missed_window": [_rule_record(rule) for rule in _in_force(step.again, day)],
    }


def _in_force(rules: Sequence[Rule], day: date | None) -> list[Rule]:
    return [rule for rule in rules if day is None or rule.holds_on(day)]


def _rule_record(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "from": _from(rule),
        "to": _to(rule),
        "required": rule.required,
        "opens": [_bound(one) for one in rule.opens],
        "closes": [_bound(one) for one in rule.closes],
        "confidence": rule.confidence.value,
        "reviewer": rule.reviewer,
        "source": rule.source,
    }


def _from(rule: Rule) -> str | None:
    if rule.starts_with is not None:
        since = rule.valid_from
        return rule.starts_with if since in (None, date.max) else f"{since}"
    return f"{rule.valid_from}" if rule.valid_from else None


def _to(rule: Rule) -> str | None:
    if rule.valid_to is not None:
        return f"{rule.valid_to}"
    return f"until {rule.ends_with}" if rule.ends_with else None


def _bound(bound: Bound) -> str:
    return f"{bound.anchor} {bound.days:+d}{' firm' if bound.firm else ''}"


def print_category(rules: CategoryRules, day: date | None) -> None:
    """The steps of a category as a table."""
    table = Table("step", "rule", "from", "to", "opens", "closes", "sure?", title=rules.id)
    for step in rules.steps:
        for rule in (*_in_force(step.versions, day), *_in_force(step.again, day)):
            is_again = rule in step.again
            table.add_row(
                f"{step.id}{' (again)' if is_again else ''}",
                rule.id.partition("/")[2],
                _from(rule) or "",
                _to(rule) or "",
                ", ".join(map(_bound, rule.opens)) if rule.required else "not asked",
                ", ".join(map(_bound, rule.closes)),
                rule.confidence.value,
            )
    Console(width=150).print(table)


def touched(patient_id: PatientId, seen: Rehearsal) -> dict[str, Any]:
    """What changes for one patient, for programs to read."""
    return {
        "patient": patient_id,
        "steps": [
            {"step": one.step, "before": _asked(one.before), "after": _asked(one.after)}
            for one in seen.steps
        ],
        "messages": [
            {
                "step": one.step,
                "day": one.day.isoformat(),
                "at": one.at,
                "message": one.message,
                "change": "appears" if one.appears else "goes",
            }
            for one in seen.messages
        ],
    }


def _asked(step: Step | None) -> dict[str, str | None] | None:
    if step is None:
        return None
    return {
        "rule": step.rule,
        "opens": step.opens.isoformat() if step.opens else None,
        "closes": step.closes.isoformat() if step.closes else None,
        "state": step.state.value,
    }


def print_touched(one: dict[str, Any]) -> None:
    """What changes for one patient, in words."""
    print(f"Patient {one['patient']}")
    for step in one["steps"]:
        print(f"  {step['step']}: {_in_words(step['before'])} -> {_in_words(step['after'])}")
    for message in one["messages"]:
        print(f"  {message['day']} {message['at']} {message['message']} {message['change']}")


def _in_words(asked: dict[str, str | None] | None) -> str:
    if asked is None:
        return "not asked"
    return f"{asked['opens']} to {asked['closes'] or 'open'} ({asked['rule']})"


def confirmed(programme: str, change: str, said: ConfirmedDate) -> dict[str, str]:
    """A confirmed day, for programs to read."""
    return {
        "programme": programme,
        "change": change,
        "on": said.on.isoformat(),
        "said_on": f"{said.said_at:%Y-%m-%d}",
        "said_by": said.said_by,
    }
