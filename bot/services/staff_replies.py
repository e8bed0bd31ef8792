"""What does a member of staff want of an alert or a conversation, by button or by word?"""

import re
from datetime import datetime

from bot.content import Content
from bot.domain.escalation import EntryKind, Escalation
from bot.domain.identity import EscalationId
from bot.domain.inbound import InboundKind
from bot.domain.vocabulary import fold
from bot.ports.house import Staff
from bot.ports.inbox import StoredInbound
from bot.ports.staff import ContactPoint
from bot.ports.store import Transaction
from bot.services.alert_answers import AlertAnswers, Answer, Answered
from bot.services.notices import Notices, Options, Room, ToStaff, contacting
from bot.services.staff_talk import StaffTalk

_BUTTON = re.compile(r"alert:(ack|spoke|missed):([0-9a-f]{32})")
_WORD_AND_CODE = re.compile(r"(?P<word>.+?)(?:[ :]+#?(?P<code>[0-9a-z]{4}))?")
_MEANINGS = ("ack", "spoke", "missed")


class StaffReplies:
    """Recognises the contact points of staff among everybody who writes."""

    def __init__(
        self, answers: AlertAnswers, notices: Notices, content: Content, talk: StaffTalk
    ) -> None:
        """Words of staff are those of the content; `talk` takes conversations over."""
        self._talk = talk
        self._answers = answers
        self._notices = notices
        self._content = content

    async def take(self, tx: Transaction, waiting: StoredInbound, *, now: datetime) -> bool:
        """Carry out an answer to an alert, or a word on a conversation; False when it is neither.

        Whatever else staff write goes the way of everybody's messages, so that danger in it is
        seen as well.
        """
        if waiting.message.kind not in (InboundKind.TEXT, InboundKind.BUTTON):
            return False
        person = await tx.staff.contact_at(waiting.clinic_id, waiting.address_index)
        if person is None:
            return False
        contact = person.contacts[0]
        meant = self._meant(waiting, contact)
        room = await self._answers.room(tx, person.staff, now=now)
        if meant is None:
            return await self._talk.take(room, waiting, contact, person.staff)
        case_id = await self._named(room, person.staff, meant[1])
        answered = await self._carry_out(room, meant[0], case_id, person.staff)
        await self._confirm(room, waiting, contact, meant[0], answered)
        return True

    def _meant(self, waiting: StoredInbound, contact: ContactPoint) -> tuple[str, str] | None:
        """What is said of which case (its id, its code, or "" for the only one); None: nothing."""
        message = waiting.message
        if message.kind is InboundKind.BUTTON:
            pressed = _BUTTON.fullmatch(message.action or "")
            return (pressed[1], pressed[2]) if pressed else None
        said = _WORD_AND_CODE.fullmatch(fold(message.text))
        words = self._content.vocabulary(contact.language)
        for meaning in _MEANINGS if said else ():
            assert said is not None
            if said["word"] in words.words(f"alert-{meaning}"):
                return meaning, (said["code"] or "").upper()
        return None

    async def _named(self, room: Room, staff: Staff, name: str) -> EscalationId | None:
        if len(name) > 4:
            return EscalationId(name)
        if name:
            case = await room.tx.alerts.by_code(staff.clinic_id, name)
            return case.id if case is not None else None
        told = await self._told(room, staff)
        return told[0].id if len(told) == 1 else None

    async def _told(self, room: Room, staff: Staff) -> list[Escalation]:
        """Open cases that this person was told of."""
        return [
            case
            for case in await room.tx.alerts.open_cases(staff.clinic_id)
            if any(
                entry.kind is EntryKind.NOTIFIED and entry.actor == staff.id
                for entry in await room.tx.alerts.entries(case.id)
            )
        ]

    async def _carry_out(
        self, room: Room, meaning: str, case_id: EscalationId | None, staff: Staff
    ) -> Answered:
        if case_id is None:
            return Answered(answer=Answer.UNKNOWN)
        match meaning:
            case "ack":
                return await self._answers.acknowledge(room, case_id, staff)
            case "spoke":
                return await self._answers.contacted(room, case_id, staff)
            case _:
                return await self._answers.missed(room, case_id, staff)

    async def _confirm(
        self,
        room: Room,
        waiting: StoredInbound,
        contact: ContactPoint,
        meaning: str,
        answered: Answered,
    ) -> None:
        case, message = answered.case, waiting.message
        variables: dict[str, str | int] = {"link": self._notices.console_url}
        if case is not None:
            deadline = case.deadline_at or room.now
            variables = {
                **await self._notices.about(room, case),
                "name": answered.owner_name,
                "time": f"{deadline.astimezone(room.roster.rota.zone):%H:%M}",
            }
        template = _template(meaning, answered)
        is_taken = template == "alert-yours" and case is not None
        options: Options = contacting(case.id) if is_taken and case is not None else ()
        text = ToStaff(
            contact=contact,
            template=template,
            variables=variables,
            cause=f"inbound:{waiting.id}",
            options=options,
            sender=await room.tx.house.sender(message.sender_id),
            edits=message.pressed_message,
            answers_press=message.press_id,
        )
        await self._notices.write(room, text)


def _template(meaning: str, answered: Answered) -> str:
    match answered.answer:
        case Answer.UNKNOWN:
            return "alert-unknown"
        case Answer.TAKEN_BY_OTHER:
            return "alert-taken-by"
        case Answer.HANDED_ON:
            return "alert-handed-on"
        case Answer.DONE:
            pass
    if answered.case is not None and answered.case.is_drill:
        return "alert-drill-done"
    return "alert-yours" if meaning == "ack" else "alert-contacted"
