"""How do words about an alert reach staff, and the patient? Everything leaves by the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.alert import Notice
from bot.domain.delivery import Delivery
from bot.domain.effect import Option, Say
from bot.domain.escalation import Escalation, EscalationState, initials
from bot.domain.identity import (
    Channel,
    ClinicId,
    DeliveryId,
    EscalationId,
    Lane,
    PatientId,
    StaffId,
)
from bot.domain.message_kind import MessageKind
from bot.domain.patient import FactKind, current, state_at
from bot.domain.rota import StaffRole
from bot.ports.clock import Ids
from bot.ports.house import Sender
from bot.ports.staff import ContactPoint
from bot.ports.store import Transaction
from bot.services.compose import Composer, Reader
from bot.services.effects import Effects
from bot.services.reach import patient_recipient
from bot.services.roster import Roster, Routes, load_roster
from bot.services.scene import Scene

_WITH_REPLIES = (Channel.TELEGRAM, Channel.SMS)
_MINUTE = timedelta(minutes=1)
Options = tuple[tuple[Option, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one transaction about an alert works with."""

    tx: Transaction
    roster: Roster
    routes: Mapping[Channel, Sender]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ToStaff:
    """One text to one contact point of staff."""

    contact: ContactPoint
    template: str
    variables: Mapping[str, str | int]
    cause: str
    options: Options = ()
    sender: Sender | None = None
    """None: the usual one of the contact's channel."""
    edits: str | None = None
    answers_press: str | None = None


async def open_room(tx: Transaction, routes: Routes, clinic_id: ClinicId, now: datetime) -> Room:
    """What a transaction about a clinic's cases works with."""
    by_channel = await routes.of(tx, clinic_id)
    roster = await load_roster(tx, clinic_id, by_channel)
    return Room(tx=tx, roster=roster, routes=by_channel, now=now)


class Notices:
    """Writes to staff without a word that names an illness, and to patients what is true."""

    def __init__(self, composer: Composer, effects: Effects, ids: Ids, *, console_url: str) -> None:
        """Links in texts lead to the console at `console_url`."""
        self._composer = composer
        self._effects = effects
        self._ids = ids
        self.console_url = console_url

    async def notify(self, room: Room, case: Escalation, staff_id: StaffId, number: int) -> None:
        """Tell a person of a case at all their contact points; `number` says which time it is."""
        about = await self.about(room, case)
        is_taken = case.state is EscalationState.CONTACTED
        for contact in room.roster.contacts(staff_id, alone=case.is_confidential):
            can_reply = contact.channel in _WITH_REPLIES and not is_taken
            template = "alert-notice" if can_reply else "alert-notice-link"
            notice = ToStaff(
                contact=contact,
                template="alert-please-close" if is_taken else template,
                variables={**about, "number": number},
                cause=Notice(case_id=case.id, staff_id=staff_id, number=number).cause,
                options=acknowledging(case.id) if can_reply else (),
            )
            await self.write(room, notice)

    async def tell_staff(
        self,
        room: Room,
        case: Escalation,
        people: Sequence[StaffId],
        template: str,
        cause: str,
        **more: str | int,
    ) -> None:
        """Tell people something about a case, at all their contact points."""
        about = await self.about(room, case)
        for staff_id in people:
            for contact in room.roster.contacts(staff_id, alone=case.is_confidential):
                text = ToStaff(
                    contact=contact,
                    template=template,
                    variables={**about, **more},
                    cause=cause,
                )
                await self.write(room, text)

    async def about(self, room: Room, case: Escalation) -> dict[str, str | int]:
        """What a text to staff may say of a case: a code, initials, its age, a link."""
        patient = None
        if case.patient_id is not None:
            patient = await room.tx.people.patient(case.patient_id)
        return {
            "code": case.code,
            "initials": initials(patient.name) if patient is not None else "",
            "urgency": "drill" if case.is_drill else case.urgency.value,
            "count": max(0, (room.now - case.opened_at) // _MINUTE),
            "link": f"{self.console_url}#case-{case.id}",
        }

    async def write(self, room: Room, text: ToStaff) -> None:
        """Queue one text to staff, once per cause and address."""
        contact = text.contact
        sender = text.sender or room.routes[contact.channel]
        said = Say(
            template=text.template,
            variables=text.variables,
            options=text.options,
            kind=MessageKind.ALERT,
            language=contact.language,
        )
        reader = Reader(
            channel=contact.channel, language=contact.language, clinic=room.roster.clinic
        )
        composed = self._composer.say(said, reader)
        delivery = Delivery(
            id=DeliveryId(self._ids.new()),
            clinic_id=room.roster.clinic.id,
            sender_id=sender.id,
            channel=contact.channel,
            kind=MessageKind.ALERT,
            cause=text.cause,
            part=0,
            patient_id=None,
            address_id=None,
            address=contact.value,
            body=composed.body,
            template=text.template,
            due_at=room.now,
            expires_at=None,
            edits=text.edits,
            answers_press=text.answers_press,
        )
        await room.tx.outbox.add(delivery, index=contact.index, source=composed.source)

    async def tell_patient(
        self, room: Room, case: Escalation, template: str, cause: str, *, by: StaffId | None = None
    ) -> bool:
        """Say to the patient what is true of their alert; False when nobody can be written to.

        Nothing is said that the patient does not wait for: see `Escalation.patient_knows`.
        """
        if not case.patient_knows or case.patient_id is None:
            return False
        name = name_of(room.roster, by)
        said = Say(template=template, variables={"name": name}, kind=MessageKind.SAFETY)
        return await self.say_to(room, case.patient_id, said, cause)

    async def say_to(self, room: Room, patient_id: PatientId, said: Say, cause: str) -> bool:
        """Say something of the clinic's to a patient; False when nobody can be written to."""
        tx, clinic = room.tx, room.roster.clinic
        patient = await tx.people.patient(patient_id)
        if patient is None:
            return False
        facts = await tx.people.facts(patient.id)
        state = state_at(patient, facts, at=room.now, clinic=clinic)
        preferred = current(facts, FactKind.CHANNEL, at=room.now) or {}
        recipient = await patient_recipient(tx, clinic.id, patient.id, preferred.get("channel"))
        scene = Scene(
            tx=tx,
            clinic=clinic,
            now=room.now,
            cause=cause,
            actor="clock",
            conversation=await tx.conversations.get(clinic.id, Lane(f"patient:{patient.id}")),
            patient_id=patient.id,
            language=state.language,
            recipient=recipient,
            is_opted_out=False,
        )
        time = f"{room.now.astimezone(state.zone):%H:%M}"
        said = replace(said, variables={"time": time, **said.variables})
        await self._effects.apply(scene, [said])
        return recipient is not None


def acknowledging(case_id: EscalationId) -> Options:
    """The button under a notice."""
    return ((Option(label="alert-ack", action=f"alert:ack:{case_id}"),),)


def contacting(case_id: EscalationId) -> Options:
    """The buttons for whoever has taken a case."""
    return (
        (
            Option(label="alert-spoke", action=f"alert:spoke:{case_id}"),
            Option(label="alert-missed", action=f"alert:missed:{case_id}"),
        ),
    )


def name_of(roster: Roster, staff_id: StaffId | None) -> str:
    """The person's name as the patient reads it; empty for a chat that several people read."""
    person = roster.person(staff_id)
    if person is None or person.staff.role == StaffRole.TEAM:
        return ""
    return person.staff.name
