"""Who is on call, as a clinic writes it in a YAML file."""

import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bot.content.yaml_loader import load_yaml
from bot.domain.identity import StaffId
from bot.domain.rota import Shift
from bot.ports.staff import RotaDocument
from bot.services.patients import NotPossible

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"([a-z]{3,9})(?:\s*(?:to|-|\u2013)\s*([a-z]{3,9}))?", re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:to|-|\u2013)\s*(\d{1,2})(?::(\d{2}))?")

EXAMPLE = """\
shifts:
  - {who: Dana Lead, days: Monday to Friday, hours: "9:00 to 17:00"}
  - {who: Ben Deputy, days: Monday to Sunday, hours: "17:00 to 9:00", on_holidays: true}
  - {who: Cleo Nurse, days: Saturday, hours: "10:00 to 14:00", from: 2026-12-01, until: 2026-12-31}
fallback: [Dana Lead, Ben Deputy]
holidays: [2026-12-25, 2027-01-01]
"""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _Shift(_Strict):
    who: str
    days: str
    hours: str
    first_day: Annotated[date | None, Field(alias="from")] = None
    last_day: Annotated[date | None, Field(alias="until")] = None
    on_holidays: bool = False


class _File(_Strict):
    shifts: tuple[_Shift, ...] = ()
    fallback: tuple[str, ...] = ()
    holidays: tuple[date, ...] = ()


def read_rota(path: Path, staff: Mapping[str, StaffId]) -> RotaDocument:
    """The rota of a file; `staff` gives ids by name. Raises NotPossible or ContentError."""
    file = load_yaml(path, _File)
    return RotaDocument(
        shifts=tuple(_shift(one, staff) for one in file.shifts),
        holidays=frozenset(file.holidays),
        fallback=tuple(_id_of(name, staff) for name in file.fallback),
    )


def shown(rota: RotaDocument, names: Mapping[StaffId, str]) -> dict[str, Any]:
    """The rota in the words of such a file."""
    return {
        "shifts": [
            {
                "who": names[shift.staff_id],
                "days": ", ".join(_DAYS[day].capitalize() for day in sorted(shift.days)),
                "hours": f"{shift.opens:%H:%M} to {shift.closes:%H:%M}",
                "from": shift.first_day.isoformat() if shift.first_day else None,
                "until": shift.last_day.isoformat() if shift.last_day else None,
                "on_holidays": shift.works_on_holidays,
            }
            for shift in rota.shifts
        ],
        "fallback": [names[one] for one in rota.fallback],
        "holidays": sorted(day.isoformat() for day in rota.holidays),
    }


def _shift(one: _Shift, staff: Mapping[str, StaffId]) -> Shift:
    opens, closes = _hours(one.hours)
    return Shift(
        staff_id=_id_of(one.who, staff),
        days=_days(one.days),
        opens=opens,
        closes=closes,
        first_day=one.first_day,
        last_day=one.last_day,
        works_on_holidays=one.on_holidays,
    )


def _id_of(name: str, staff: Mapping[str, StaffId]) -> StaffId:
    known = {known.casefold(): staff_id for known, staff_id in staff.items()}
    found = known.get(name.strip().casefold())
    if found is None:
        raise NotPossible(f"{name} is not on the staff; see: balm staff list")
    return found


def _days(text: str) -> frozenset[int]:
    """Days from "Monday to Friday" or "Mon, Wed, Fri". Raises NotPossible."""
    days: set[int] = set()
    for part in text.split(","):
        span = _SPAN.fullmatch(part.strip())
        first = _day(span[1]) if span else None
        last = _day(span[2] or span[1]) if span else None
        if first is None or last is None:
            raise NotPossible(f'days: {text}: write "Monday to Friday" or "Mon, Wed"')
        days |= {day % 7 for day in range(first, first + (last - first) % 7 + 1)}
    return frozenset(days)


def _day(name: str) -> int | None:
    said = name.casefold()
    return next((n for n, day in enumerate(_DAYS) if day.startswith(said)), None)


def _hours(text: str) -> tuple[time, time]:
    """Hours from "9:00 to 17:00"; those that end earlier go on into the next day."""
    found = _HOURS.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[3]) > 23:
        raise NotPossible(f'hours: {text}: write "9:00 to 17:00"')
    minutes = (int(found[2] or 0), int(found[4] or 0))
    if max(minutes) > 59:
        raise NotPossible(f'hours: {text}: write "9:00 to 17:00"')
    return time(int(found[1]), minutes[0]), time(int(found[3]), minutes[1])
