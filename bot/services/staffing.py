"""Who works at the clinic, where are they reached, and can anybody be reached at all?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

import phonenumbers

from bot.domain.escalation import EntryKind, EscalationState
from bot.domain.identity import Channel, ClinicId, ContactId, StaffId
from bot.domain.patient import Clinic
from bot.domain.rota import StaffRole, audience, handed_over
from bot.domain.staffed_hours import parse
from bot.ports.clock import Clock, Ids
from bot.ports.house import Staff
from bot.ports.staff import ContactPoint, RotaDocument, StaffMember
from bot.ports.store import Store, Transaction
from bot.services.patients import NotPossible
from bot.services.roster import ACTIVE, LEFT, Roster, load_roster

_CHAT = re.compile(r"-?\d{4,20}")
_EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>]+")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a clinic changes of what it has declared; None leaves it as it is."""

    name: str | None = None
    phone: str | None = None
    staffed_hours: str | None = None
    has_cover: bool | None = None
    offers_photos: bool | None = None


class Staffing:
    """The clinic's own work on its staff; `clock` shows real time."""

    def __init__(
        self, store: Store, clock: Clock, ids: Ids, *, channels: Iterable[Channel]
    ) -> None:
        """`channels` are those that this installation can write to staff on."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._channels = frozenset(channels)

    async def roster(self, clinic_id: ClinicId) -> Roster:
        """The staff as they stand now."""
        async with self._store.read() as tx:
            return await load_roster(tx, clinic_id, self._channels)

    async def reaches_somebody(self, tx: Transaction, clinic_id: ClinicId) -> bool:
        """Whether at least one person of the clinic can be told of an alert."""
        roster = await load_roster(tx, clinic_id, self._channels)
        return bool(_audience(roster, self._clock.now(), is_confidential=False))

    async def reaches_confidentially(self, tx: Transaction, clinic_id: ClinicId) -> bool:
        """Whether somebody can be told of an alert that only a few may know."""
        roster = await load_roster(tx, clinic_id, self._channels)
        return bool(_audience(roster, self._clock.now(), is_confidential=True))

    async def add(self, clinic_id: ClinicId, *, name: str, role: str, by: str) -> StaffId:
        """A new member of staff. Raises NotPossible."""
        name = name.strip()
        if not name:
            raise NotPossible("a member of staff needs a name")
        if role not in list(StaffRole):
            raise NotPossible(f"--role {role}: use one of {', '.join(StaffRole)}")
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            if await _known(tx, clinic_id, name) is not None:
                raise NotPossible(f"{name} is on the staff already; see: balm staff list")
            staff = Staff(
                id=StaffId(self._ids.new()),
                clinic_id=clinic_id,
                name=name,
                role=role,
                state=ACTIVE,
            )
            await tx.house.add_staff(staff, at=now)
            await tx.house.audit(clinic_id, at=now, actor=by, verb="staff-added", subject=staff.id)
        return staff.id

    async def add_contact(
        self,
        clinic_id: ClinicId,
        *,
        name: str,
        channel: Channel,
        value: str,
        language: str,
        is_shared: bool,
        by: str,
    ) -> ContactId:
        """One more way to reach somebody. Raises NotPossible."""
        value = _normal(channel, value)
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            person = await _active(tx, clinic_id, name)
            is_group = channel is Channel.TELEGRAM and value.startswith("-")
            is_team = person.staff.role == StaffRole.TEAM
            contact = ContactPoint(
                id=ContactId(self._ids.new()),
                staff_id=person.staff.id,
                channel=channel,
                value=value,
                index=await tx.people.index_of(clinic_id, channel, value),
                language=language,
                is_shared=is_shared or is_group or is_team,
            )
            if not await tx.staff.add_contact(clinic_id, contact, at=now):
                raise NotPossible("somebody of the staff is reached at this address already")
            await tx.house.audit(
                clinic_id, at=now, actor=by, verb="staff-contact-added", subject=person.staff.id
            )
        return contact.id

    async def remove_contact(
        self, clinic_id: ClinicId, *, name: str, contact: ContactId, by: str
    ) -> None:
        """One way less to reach somebody. Raises NotPossible, also when nobody would be left."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            person = await _active(tx, clinic_id, name)
            before = await load_roster(tx, clinic_id, self._channels)
            if not await tx.staff.remove_contacts(person.staff.id, contact=contact):
                raise NotPossible(f"{name} has no contact {contact}; see: balm staff list")
            after = await load_roster(tx, clinic_id, self._channels)
            _refuse_gap(before, after, now)
            await tx.house.audit(
                clinic_id, at=now, actor=by, verb="staff-contact-removed", subject=person.staff.id
            )

    async def leave(self, clinic_id: ClinicId, *, name: str, heir: str | None, by: str) -> int:
        """Somebody leaves: shifts go to `heir`, open alerts to the next person; how many.

        All in one transaction. Raises NotPossible while it would leave a gap.
        """
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            leaver = (await _active(tx, clinic_id, name)).staff
            before = await load_roster(tx, clinic_id, self._channels)
            await self._hand_over(tx, leaver, heir, before, now=now)
            await tx.staff.set_state(leaver.id, LEFT)
            await tx.staff.remove_contacts(leaver.id, contact=None)
            await tx.staff.end_access(leaver.id)
            after = await load_roster(tx, clinic_id, self._channels)
            _refuse_gap(before, after, now)
            moved = await _move_alerts(tx, leaver, at=now)
            await tx.house.audit(clinic_id, at=now, actor=by, verb="staff-left", subject=leaver.id)
        return moved

    async def set_rota(self, clinic_id: ClinicId, rota: RotaDocument, *, by: str) -> None:
        """A new rota. Raises NotPossible when somebody in it is not on the staff."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            roster = await load_roster(tx, clinic_id, self._channels)
            for staff_id in (*(shift.staff_id for shift in rota.shifts), *rota.fallback):
                person = roster.person(staff_id)
                if person is None or person.staff.state != ACTIVE:
                    raise NotPossible("the rota names somebody who is not on the staff")
                if not roster.contacts(staff_id, alone=False):
                    raise NotPossible(
                        f"{person.staff.name} cannot be reached: add a contact first, with "
                        "balm staff contact"
                    )
            await tx.staff.set_rota(clinic_id, rota, at=now)
            await tx.house.audit(clinic_id, at=now, actor=by, verb="rota-changed", subject=None)

    async def declare(self, clinic_id: ClinicId, declared: Declared, *, by: str) -> Clinic:
        """What the clinic says of itself from now on. Raises NotPossible."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            clinic = await tx.house.clinic(clinic_id)
            hours = declared.staffed_hours or clinic.staffed_hours
            if declared.staffed_hours and parse(hours) is None:
                raise NotPossible(f'--hours {hours}: write "Monday to Friday 9:00 to 17:00"')
            cover = clinic.out_of_hours_cover
            changed = replace(
                clinic,
                name=declared.name or clinic.name,
                phone=declared.phone or clinic.phone,
                staffed_hours=hours,
                out_of_hours_cover=cover if declared.has_cover is None else declared.has_cover,
                offers_photos=clinic.offers_photos
                if declared.offers_photos is None
                else declared.offers_photos,
            )
            await tx.house.update_clinic(changed)
            await tx.house.audit(clinic_id, at=now, actor=by, verb="clinic-declared", subject=None)
        return changed

    async def _hand_over(
        self,
        tx: Transaction,
        leaver: Staff,
        heir: str | None,
        roster: Roster,
        *,
        now: datetime,
    ) -> None:
        rota = await tx.staff.rota(leaver.clinic_id)
        is_on_rota = any(shift.staff_id == leaver.id for shift in rota.shifts)
        if is_on_rota and heir is None:
            raise NotPossible(f"{leaver.name} is on the rota: say who takes over, with --to NAME")
        fallback = tuple(one for one in rota.fallback if one != leaver.id)
        shifts = rota.shifts
        if heir is not None:
            person = await _active(tx, leaver.clinic_id, heir)
            if person.staff.id == leaver.id or not roster.contacts(person.staff.id, alone=False):
                raise NotPossible(f"{heir} cannot take over: they cannot be reached")
            shifts = handed_over(shifts, leaver.id, heir=person.staff.id)
        changed = replace(rota, shifts=shifts, fallback=fallback)
        if changed != rota:
            await tx.staff.set_rota(leaver.clinic_id, changed, at=now)


def _audience(roster: Roster, now: datetime, *, is_confidential: bool) -> list[StaffId]:
    people = audience(roster.members(), roster.rota, now, is_confidential=is_confidential)
    return [member.id for member in people]


def _refuse_gap(before: Roster, after: Roster, now: datetime) -> None:
    """Raises NotPossible when somebody could be told of an alert before, and nobody after."""
    for is_confidential, needed in ((False, "an alert"), (True, "a confidential alert")):
        had = _audience(before, now, is_confidential=is_confidential)
        if had and not _audience(after, now, is_confidential=is_confidential):
            raise NotPossible(f"then nobody could be told of {needed}; add somebody else first")


async def _move_alerts(tx: Transaction, leaver: Staff, *, at: datetime) -> int:
    """Open alerts of somebody who leaves look for the next person at once; how many."""
    owned = [c for c in await tx.alerts.open_cases(leaver.clinic_id) if c.owner_id == leaver.id]
    for case in owned:
        entries = await tx.alerts.entries(case.id)
        number = 1 + sum(entry.kind is EntryKind.HANDED_ON for entry in entries)
        await tx.alerts.add_entry(case, EntryKind.HANDED_ON, actor=leaver.id, number=number, at=at)
        await tx.alerts.set_owner(
            case.id, owner=None, state=EscalationState.HANDED_ON, deadline_at=None
        )
    return len(owned)


async def _known(tx: Transaction, clinic_id: ClinicId, name: str) -> StaffMember | None:
    people = await tx.staff.members(clinic_id)
    return next((p for p in people if p.staff.name.casefold() == name.strip().casefold()), None)


async def _active(tx: Transaction, clinic_id: ClinicId, name: str) -> StaffMember:
    person = await _known(tx, clinic_id, name)
    if person is None or person.staff.state != ACTIVE:
        raise NotPossible(f"{name} is not on the staff; see: balm staff list")
    return person


def _normal(channel: Channel, value: str) -> str:
    """The address in the one form in which it is kept. Raises NotPossible."""
    value = value.strip()
    match channel:
        case Channel.TELEGRAM:
            if _CHAT.fullmatch(value) is None:
                raise NotPossible(f"--telegram {value}: give the number of the chat")
            return value
        case Channel.SMS:
            return _e164(value)
        case Channel.EMAIL:
            if _EMAIL.fullmatch(value) is None:
                raise NotPossible(f"--email {value}: this is no e-mail address")
            return value
        case Channel.WEBHOOK:
            if not _is_safe(value):
                raise NotPossible(f"--webhook {value}: give an address that begins with https://")
            return value


def _is_safe(url: str) -> bool:
    """Whether nobody on the way can read what is sent to `url`."""
    try:
        address = urlsplit(url)
    except ValueError:
        return False
    is_near = address.scheme == "http" and address.hostname in _THIS_MACHINE
    return bool(address.hostname) and (address.scheme == "https" or is_near)


def _e164(value: str) -> str:
    try:
        parsed = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException as error:
        raise NotPossible(f"--sms {value}: write it like +15550100101") from error
    if not phonenumbers.is_possible_number(parsed):
        raise NotPossible(f"--sms {value}: this is no possible phone number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
