"""Which programme rules hold at each clinic: signed, with the days that the clinic has confirmed?

Held in memory and read again by a tick, as signatures are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.content import Content
from bot.content.holiday_calendar import public_holidays
from bot.content.signable import PROGRAMME
from bot.domain.closed_days import ClosedDays
from bot.domain.identity import ClinicId
from bot.domain.patient import Clinic
from bot.domain.programme import Programme, RuleChange
from bot.ports.clock import Clock
from bot.ports.store import Store, Transaction
from bot.services.patients import NotPossible
from bot.services.signed_texts import SignedTexts

_CALENDAR_YEARS = 3
"""This year and those around it: a plan never looks further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedDate:
    """The day on which a change of rules takes effect at a clinic, and who said so when."""

    on: date
    said_at: datetime
    said_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _AtClinic:
    programmes: Mapping[str, Programme]
    closed: ClosedDays


class ProgrammeDesk:
    """The programmes as they hold for each clinic."""

    def __init__(
        self, content: Content, clock: Clock, signed: SignedTexts, *, is_production: bool
    ) -> None:
        """In production a programme that nobody has signed says nothing."""
        self._content = content
        self._clock = clock
        self._signed = signed
        self._is_production = is_production
        self._at: dict[ClinicId, _AtClinic] = {}

    async def refresh(self, store: Store) -> None:
        """Read what clinics have confirmed and closed again."""
        async with store.read() as tx:
            self._at = {one.id: await self._read(tx, one) for one in await tx.house.clinics()}

    def programme(self, clinic_id: ClinicId, programme_id: str) -> Programme | None:
        """The programme; None where there is none, or where it must stay silent."""
        known = self._at.get(clinic_id)
        if known is not None:
            return known.programmes.get(programme_id)
        return None if self._is_production else self._content.programmes.get(programme_id)

    def closed_days(self, clinic_id: ClinicId) -> ClosedDays:
        """Weekends, public holidays and the clinic's own closed days."""
        known = self._at.get(clinic_id)
        return known.closed if known is not None else ClosedDays()

    def unsigned(self, clinic: Clinic) -> Sequence[str]:
        """Programmes that nobody has signed as they stand."""
        return [name for name in self._content.programmes if not self._is_signed(clinic, name)]

    async def confirmed(
        self, tx: Transaction, clinic_id: ClinicId
    ) -> Mapping[str, Mapping[str, ConfirmedDate]]:
        """What the clinic has confirmed, by programme and change."""
        stored = json.loads(await tx.house.setting(_dates_key(clinic_id)) or "{}")
        return {
            programme: {
                change: ConfirmedDate(
                    on=date.fromisoformat(said["on"]),
                    said_at=datetime.fromisoformat(said["said_at"]),
                    said_by=said["said_by"],
                )
                for change, said in changes.items()
            }
            for programme, changes in stored.items()
        }

    async def confirm(
        self, store: Store, clinic_id: ClinicId, change: tuple[str, str], on: date, *, by: str
    ) -> RuleChange:
        """From `on` the changed rules hold at this clinic. Raises NotPossible."""
        programme_id, change_id = change
        known = self.change(programme_id, change_id)
        if on < known.announced_on:
            raise NotPossible(
                f"--on {on}: the change {change_id} was announced on {known.announced_on}; "
                "it cannot hold before that"
            )
        now = self._clock.now()
        async with store.unit_of_work() as tx:
            stored = json.loads(await tx.house.setting(_dates_key(clinic_id)) or "{}")
            said = {"on": on.isoformat(), "said_at": now.isoformat(), "said_by": by}
            stored.setdefault(programme_id, {})[change_id] = said
            await tx.house.set_setting(_dates_key(clinic_id), json.dumps(stored, sort_keys=True))
            await tx.house.audit(
                clinic_id,
                at=now,
                actor=by,
                verb="rule-date-confirmed",
                subject=f"{programme_id}/{change_id}={on}",
            )
        await self.refresh(store)
        return known

    async def close(
        self, store: Store, clinic_id: ClinicId, days: Sequence[date], *, by: str
    ) -> Sequence[date]:
        """The clinic's own closed days, these included."""
        now = self._clock.now()
        async with store.unit_of_work() as tx:
            known = {*await _own_closed(tx, clinic_id), *days}
            stored = json.dumps(sorted(day.isoformat() for day in known))
            await tx.house.set_setting(_closed_key(clinic_id), stored)
            await tx.house.audit(clinic_id, at=now, actor=by, verb="days-closed", subject=None)
        await self.refresh(store)
        return sorted(known)

    def change(self, programme_id: str, change_id: str | None) -> RuleChange:
        """A change of a programme; its only one if not named. Raises NotPossible."""
        programme = self._content.programmes.get(programme_id)
        if programme is None:
            known = ", ".join(sorted(self._content.programmes))
            raise NotPossible(f"there is no programme {programme_id!r}; there are {known}")
        found = [one for one in programme.changes if change_id in (None, one.id)]
        if len(found) != 1:
            listed = ", ".join(one.id for one in programme.changes) or "none"
            raise NotPossible(f"name one change of {programme_id} with --change; known: {listed}")
        return found[0]

    async def _read(self, tx: Transaction, clinic: Clinic) -> _AtClinic:
        confirmed = await self.confirmed(tx, clinic.id)
        programmes = {
            name: programme.with_dates(
                {change: said.on for change, said in confirmed.get(name, {}).items()}
            )
            for name, programme in self._content.programmes.items()
            if not self._is_production or self._is_signed(clinic, name)
        }
        own = await _own_closed(tx, clinic.id)
        return _AtClinic(
            programmes=programmes, closed=ClosedDays(days=frozenset(own) | self._holidays(clinic))
        )

    def _is_signed(self, clinic: Clinic, name: str) -> bool:
        text = self._content.signable.text(
            f"{PROGRAMME}{name}", language="en", region=clinic.region
        )
        return self._signed.signatures(clinic.id).of(text) is not None

    def _holidays(self, clinic: Clinic) -> frozenset[date]:
        country = self._content.holiday_countries.get(clinic.region.value)
        if country is None:
            return frozenset()
        first = self._clock.now().year - 1
        years = range(first, first + _CALENDAR_YEARS)
        return frozenset().union(*(public_holidays(country, year) for year in years))


async def _own_closed(tx: Transaction, clinic_id: ClinicId) -> Sequence[date]:
    stored = json.loads(await tx.house.setting(_closed_key(clinic_id)) or "[]")
    return [date.fromisoformat(day) for day in stored]


def _dates_key(clinic_id: ClinicId) -> str:
    return f"rule-dates:{clinic_id}"


def _closed_key(clinic_id: ClinicId) -> str:
    return f"closed-days:{clinic_id}"
