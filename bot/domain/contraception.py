"""When does a contraceptive method need a word, in its own rhythm? Neutral, as data. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.course_evidence import POSITIVE
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_at
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, FactKind, FactValue, PatientState, current
from bot.domain.plan import PlannedOccurrence
from bot.domain.programme import CategoryRules
from bot.domain.programme_reminders import ProgrammeShelf
from bot.domain.schedule import instant, is_skipped_day

_ONE_DAY = timedelta(days=1)
ABSTINENCE, NOT_APPLICABLE = "abstinence", "not-applicable"
_DEFAULT_TIME = time(10, 0)
_MAY_END = (
    EvidenceName.PREGNANCY_REPORTED,
    EvidenceName.PREGNANCY_TEST,
    EvidenceName.CLEARED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One thing that a method asks for, on these days of its cycle, counted from 0."""

    act: str
    """What to do: take, start-pack, break, change, remove, insert, appointment, expiry, confirm."""
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method with its rhythm; a cycle of 0 days happens once, counted from its first day."""

    id: str
    cycle_days: int
    beats: tuple[Beat, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contraception:
    """What a patient uses, as the clinic has recorded it."""

    method: str
    since: date
    """First day of the first pack, patch or ring; day of the last injection or of the insertion."""
    at: time
    second: str | None = None


def contraception_fact(
    method: str, since: date, *, at: time | None = None, second: str | None = None
) -> FactValue:
    """The value of a fact of kind CONTRACEPTION."""
    return {
        "method": method,
        "since": since.isoformat(),
        "time": f"{at:%H:%M}" if at is not None else None,
        "second": second,
    }


def contraception_at(facts: Sequence[Fact], *, at: datetime) -> Contraception | None:
    """What is used at `at`; None while nothing is recorded."""
    value = current(facts, FactKind.CONTRACEPTION, at=at)
    if value is None or not value.get("since"):
        return None
    said_at = value.get("time")
    second = value.get("second")
    return Contraception(
        method=str(value["method"]),
        since=date.fromisoformat(str(value["since"])),
        at=time.fromisoformat(str(said_at)) if said_at else _DEFAULT_TIME,
        second=str(second) if second else None,
    )


def missing_methods(used: Contraception | None, rules: CategoryRules) -> int:
    """How many methods the programme asks for beyond what is used; 0: enough, or not applicable."""
    if rules.methods_needed == 0:
        return 0
    if used is None:
        return rules.methods_needed
    if used.method == ABSTINENCE:
        return 0 if rules.may_abstain else rules.methods_needed
    methods = [one for one in (used.method, used.second) if one is not None]
    if any(one in rules.one_is_enough for one in methods):
        return 0
    counted = {one for one in methods if one not in (*rules.not_accepted, NOT_APPLICABLE)}
    return max(rules.methods_needed - len(counted), 0)


def acts_on(method: Method, since: date, day: date) -> Iterator[str]:
    """What the method asks for on `day`."""
    passed = (day - since).days
    if passed < 0:
        return
    place = passed % method.cycle_days if method.cycle_days else passed
    for beat in method.beats:
        if place in beat.days and not (beat.act == "start-pack" and passed == 0):
            yield beat.act


class ContraceptionReminders:
    """Plans the words in the rhythm of a patient's method; a source of the plan."""

    def __init__(self, methods: Mapping[str, Method], shelf: ProgrammeShelf) -> None:
        """Rhythms come from `methods`; `shelf` says whether the programme may speak."""
        self._methods = methods
        self._shelf = shelf

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """Everything with after < due <= until; pure.

        It goes on in a pause and after the last capsule, until a clinician's tick ends it.
        """
        used = contraception_at(facts, at=after)
        programme = self._shelf.programme(state.patient.clinic_id, state.programme)
        if used is None or programme is None or used.method not in self._methods:
            return ()
        rules = programme.categories.get(state.category)
        if rules is None or rules.methods_needed == 0 or _is_over(facts, after):
            return ()
        method = self._methods[used.method]
        first = after.astimezone(state.zone).date() - _ONE_DAY
        days = (until.astimezone(state.zone).date() - first).days + 2
        return [
            planned
            for day in (first + timedelta(days=number) for number in range(days))
            for act in acts_on(method, used.since, day)
            if after < (planned := _planned(act, day, used, method, state.zone)).due <= until
        ]


def _is_over(facts: Sequence[Fact], at: datetime) -> bool:
    """A pregnancy was reported or shown, or a clinician has said that it may end."""
    ending = [f for f in facts if f.kind is FactKind.EVIDENCE and f.value["name"] in _MAY_END]
    return any(
        one.name in (EvidenceName.PREGNANCY_REPORTED, EvidenceName.CLEARED)
        or (one.name is EvidenceName.PREGNANCY_TEST and one.result == POSITIVE)
        for one in evidence_at(ending, at=at)
        if one.name is not EvidenceName.CLEARED or one.source is EvidenceSource.CLINIC
    )


def _planned(
    act: str, day: date, used: Contraception, method: Method, zone: ZoneInfo
) -> PlannedOccurrence:
    said_on = day - _ONE_DAY if is_skipped_day(day, zone) else day
    return PlannedOccurrence(
        reminder="contraception",
        slot=act,
        day=day,
        at=used.at,
        zone=zone.key,
        due=instant(said_on, used.at, zone),
        kind=MessageKind.CONTRACEPTION,
        message="programme-method",
        variables={
            "full": "programme-method-full",
            "step": act,
            "day": "",
            "days": "",
            "time": f"{used.at:%H:%M}",
        },
        rule=f"contraception/{method.id}",
        valid_until=instant(said_on + _ONE_DAY, time(0), zone),
    )
