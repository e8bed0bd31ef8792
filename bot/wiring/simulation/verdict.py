"""Does every day of a simulated course keep its programme's rules, by the independent check?"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.content.yaml_loader import load_plain
from bot.domain.evidence import EvidenceName, evidence_at
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import Fact, FactKind, current
from bot.domain.schedule import instant
from bot.domain.timeline import HOME_TESTS, Timeline
from bot.domain.verified_case import Case, Shown
from bot.domain.verifier import verify
from bot.wiring.words import CONTENT

_STEP = "step:"
_ONE_DAY = timedelta(days=1)


class Check:
    """Looks at a course again and again, and keeps what it finds, each thing once."""

    def __init__(self) -> None:
        """Nothing was found."""
        self.findings: list[str] = []
        self._rules: dict[str, Mapping[str, Any]] = {}

    def look(
        self, seen: Timeline, facts: Sequence[Fact], planned: Sequence[Occurrence], zone: ZoneInfo
    ) -> None:
        """The steps of a day with the messages that are planned from it on."""
        if not seen.steps:
            return
        rules = self._rules_of(seen.programme.id)
        found = verify(rules, _case(seen, facts, zone), _steps(seen), _messages(planned))
        for finding in map(str, found):
            if finding not in self.findings:
                self.findings.append(finding)

    def _rules_of(self, programme_id: str) -> Mapping[str, Any]:
        if programme_id not in self._rules:
            path = CONTENT / "programmes" / f"{programme_id}.yaml"
            self._rules[programme_id] = load_plain(path)
        return self._rules[programme_id]


def _case(seen: Timeline, facts: Sequence[Fact], zone: ZoneInfo) -> Case:
    until = instant(seen.today + _ONE_DAY, time(0), zone)
    shown = tuple(
        Shown(
            name=one.name.value,
            on=one.on,
            source=one.source.value,
            result=one.result,
            place=one.details.get("place"),
        )
        for one in evidence_at(facts, at=until)
    )
    regimen = current(facts, FactKind.REGIMEN, at=until) or {}
    programme = current(facts, FactKind.PROGRAMME, at=until) or {}
    hold = current(facts, FactKind.HOLD, at=until) or {}
    ends = [one.on for one in shown if one.name == EvidenceName.LAST_CAPSULE]
    planned_end = regimen.get("last_day")
    changes = seen.programme.changes
    return Case(
        today=seen.today,
        category=seen.category,
        planned_start=date.fromisoformat(str(regimen["first_day"])),
        last_capsule=_last(ends, str(planned_end) if planned_end else None),
        shown=shown,
        changes={one.id: one.effective_on for one in changes if one.effective_on is not None},
        permits_home=bool(programme.get(HOME_TESTS)),
        on_hold=bool(hold.get("category")),
        has_ended=bool(ends) and ends[-1] <= seen.today,
        changed=_count_categories(facts, until) > 1,
    )


def _last(ends: Sequence[date], planned: str | None) -> date | None:
    if ends:
        return ends[-1]
    return date.fromisoformat(planned) if planned else None


def _count_categories(facts: Sequence[Fact], until: datetime) -> int:
    known = [f for f in facts if f.kind is FactKind.CATEGORY and f.effective_at <= until]
    return len({str(fact.value["category"]) for fact in known})


def _steps(seen: Timeline) -> list[dict[str, Any]]:
    return [
        {
            "id": step.id,
            "rule": step.rule,
            "opens": step.opens,
            "closes": step.closes,
            "evidence": step.evidence.on if step.evidence else None,
            "state": step.state.value,
        }
        for step in seen.steps
        if step.category == seen.category
    ]


def _messages(planned: Sequence[Occurrence]) -> list[dict[str, Any]]:
    return [
        {
            "on": one.local_day,
            "step": one.reminder.removeprefix(_STEP),
            "slot": one.slot,
            "kind": one.kind.value,
        }
        for one in planned
        if one.reminder.startswith(_STEP) and one.state is OccurrenceState.PLANNED
    ]
