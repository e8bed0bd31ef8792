"""What did somebody ask `balm simulate` for, and can it be simulated?"""

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from bot.content.behaviours import Cast
from bot.domain.identity import PATIENT_CHANNELS, Channel, Region
from bot.domain.programme import CategoryRules, Phase, Programme
from bot.domain.schedule import SlotTime
from bot.domain.simulation import CourseRequest
from bot.wiring.words import Words

_LATE_DAYS = 7
_MOST_WEEKS = 52
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_DOSE = re.compile(r"(\d{1,4}(?:\.\d)?)\s*mg@([01]?\d|2[0-3]):([0-5]\d)")
_SLOT_NAMES = ("daily", "second", "third", "fourth")


class Wrong(Exception):
    """A value that cannot be used; the message names the option, the reason and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options as they were typed."""

    programme: str
    category: str
    start: str
    zone: str
    weeks: int
    dose: str
    behaviour: str
    language: str
    channel: str
    seed: int

    def request(self, words: Words, cast: Cast) -> CourseRequest:
        """What can be simulated. Raises Wrong at the first option that cannot be used."""
        slots = self._slots(words.content.dose_limits.most_mg_a_day)
        programme, rules = self._programme(words)
        return CourseRequest(
            programme=programme.id,
            category=rules.id,
            first_day=self._first_day(),
            weeks=self._weeks(),
            zone=self._zone(),
            slots=slots,
            dose=self.dose,
            behaviour=cast.behaviours[
                _one_of("--behaviour", self.behaviour, tuple(cast.behaviours))
            ],
            lines=cast.lines[_one_of("--language", self.language, words.content.languages)],
            language=self.language,
            channel=Channel(
                _one_of("--channel", self.channel, tuple(c.value for c in PATIENT_CHANNELS))
            ),
            region=self._region(words, programme),
            joins_days_before=rules.lead_days + 1,
            days_after=_days_after(rules),
            seed=self.seed,
        )

    def _first_day(self) -> date:
        try:
            day = date.fromisoformat(self.start)
        except ValueError as error:
            raise Wrong(
                f"--start {self.start}: there is no such day; write it as 2026-12-01"
            ) from error
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise Wrong(f"--start {self.start}: use a year from {_FIRST_YEAR} to {_LAST_YEAR}")
        return day

    def _weeks(self) -> int:
        if not 1 <= self.weeks <= _MOST_WEEKS:
            raise Wrong(f"--weeks {self.weeks}: a course takes 1 to {_MOST_WEEKS} weeks")
        return self.weeks

    def _zone(self) -> ZoneInfo:
        if self.zone not in available_timezones():
            raise Wrong(
                f"--zone {self.zone}: there is no such time zone; write it as America/New_York"
            )
        return ZoneInfo(self.zone)

    def _slots(self, most_mg: Decimal) -> tuple[SlotTime, ...]:
        """ "20mg@08:00,20mg@20:00": how much at which local time."""
        total, times = Decimal(0), []
        for part in self.dose.split(","):
            found = _DOSE.fullmatch(part.strip())
            if found is None or Decimal(found[1]) == 0:
                raise Wrong(
                    f"--dose {part}: write milligrams and a time, like 40mg@20:00, "
                    "or 20mg@08:00,20mg@20:00 for two"
                )
            total += Decimal(found[1])
            times.append(time(int(found[2]), int(found[3])))
        if total > most_mg:
            raise Wrong(
                f"--dose {self.dose}: {total} mg a day cannot be right; at most {most_mg} mg"
            )
        if len(set(times)) < len(times) or len(times) > len(_SLOT_NAMES):
            raise Wrong(
                f"--dose {self.dose}: give each capsule its own time, at most "
                f"{len(_SLOT_NAMES)} a day"
            )
        named = zip(_SLOT_NAMES, sorted(times), strict=False)
        return tuple(SlotTime(slot=name, at=at) for name, at in named)

    def _programme(self, words: Words) -> tuple[Programme, CategoryRules]:
        known = words.content.programmes
        programme = known[_one_of("--programme", self.programme, tuple(sorted(known)))]
        category = _one_of("--category", self.category, tuple(programme.categories))
        return programme, programme.categories[category]

    def _region(self, words: Words, programme: Programme) -> Region:
        """Whose emergency numbers hold: the programme's; else where the zone lies, if known."""
        if programme.regions:
            return Region(programme.regions[0])
        regions = (region for region in Region if region is not Region.UNKNOWN)
        return next(
            (one for one in regions if self.zone in words.content.zones(one)), Region.UNKNOWN
        )


def _days_after(rules: CategoryRules) -> int:
    """So long after the last capsule until every step behind it has had its time."""
    bounds = (
        bound.days
        for step in rules.steps
        if step.phase is Phase.AFTER
        for rule in step.versions
        for bound in (*rule.opens, *rule.closes)
    )
    return max(bounds, default=0) + _LATE_DAYS


def writable(option: str, path: Path | None) -> None:
    """Refuse a file whose folder does not exist, before anything is simulated. Raises Wrong."""
    if path is None or path == Path("-"):
        return
    if path.is_dir():
        raise Wrong(f"{option} {path}: this is a folder; name a file in it")
    if not path.absolute().parent.is_dir():
        raise Wrong(f"{option} {path}: there is no folder {path.parent}; make it first")


def _one_of(option: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise Wrong(f"{option} {value}: use one of {', '.join(known)}")
    return value
