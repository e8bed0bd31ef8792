"""How do staff take, use and give back a patient's conversation from their own phone?"""

import re
from dataclasses import dataclass, field

from bot.content import Content
from bot.domain.escalation import HANDOFF, Escalation
from bot.domain.identity import PatientId
from bot.domain.inbound import InboundKind
from bot.domain.patient import PatientStatus
from bot.domain.vocabulary import fold
from bot.ports.house import Staff
from bot.ports.inbox import StoredInbound
from bot.ports.staff import ContactPoint
from bot.services.handoff_desk import LONGEST_WORDS
from bot.services.handoffs import Handoffs, may_know
from bot.services.notices import Notices, Room, ToStaff

_WORD_CODE_REST = re.compile(
    r"\s*(?P<word>[^\s:]+)[\s:]+#?(?P<code>[0-9A-Za-z]{4})(?:[\s:]+(?P<rest>\S.*?))?\s*", re.DOTALL
)
_VERBS = ("take", "back", "say")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a member of staff wants of which conversation."""

    verb: str
    code: str
    words: str = field(default="", repr=False)


class StaffTalk:
    """Reads "TAKE K7F3", "SAY K7F3 words" and "BACK K7F3" of staff; other words are not its own."""

    def __init__(self, handoffs: Handoffs, notices: Notices, content: Content) -> None:
        """Words of staff are those of the content."""
        self._handoffs = handoffs
        self._notices = notices
        self._content = content

    async def take(
        self, room: Room, waiting: StoredInbound, contact: ContactPoint, staff: Staff
    ) -> bool:
        """Carry it out and say what became of it; False when something else was meant."""
        asked = self._asked(waiting, contact)
        if asked is None:
            return False
        case = await self._meant(room, asked, staff)
        template = await self._carry_out(room, asked, case, staff)
        shown = await self._shown(room, case)
        about = await self._notices.about(room, shown) if shown is not None else {}
        text = ToStaff(
            contact=contact,
            template=template,
            variables={
                "code": asked.code,
                "link": self._notices.console_url,
                "count": LONGEST_WORDS,
                **about,
            },
            cause=f"inbound:{waiting.id}",
            sender=await room.tx.house.sender(waiting.message.sender_id),
        )
        await self._notices.write(room, text)
        return True

    def _asked(self, waiting: StoredInbound, contact: ContactPoint) -> _Asked | None:
        if waiting.message.kind is not InboundKind.TEXT:
            return None
        found = _WORD_CODE_REST.fullmatch(waiting.message.text)
        if found is None:
            return None
        words = self._content.vocabulary(contact.language)
        said = fold(found["word"])
        verb = next((verb for verb in _VERBS if said in words.words(f"handoff-{verb}")), None)
        if verb is None or (found["rest"] is not None) != (verb == "say"):
            return None
        return _Asked(verb=verb, code=found["code"].upper(), words=found["rest"] or "")

    async def _meant(self, room: Room, asked: _Asked, staff: Staff) -> Escalation | None:
        """The hand-off, or else the alert, with this code, if this person may know of it."""
        taken = await room.tx.cases.open_handoffs(staff.clinic_id)
        case = next((one for one in taken if one.code == asked.code), None)
        case = case or await room.tx.alerts.by_code(staff.clinic_id, asked.code)
        if case is None or case.patient_id is None:
            return None
        return case if may_know(room, staff, is_confidential=case.is_confidential) else None

    async def _carry_out(
        self, room: Room, asked: _Asked, case: Escalation | None, staff: Staff
    ) -> str:
        """The text that tells the person what became of it."""
        if case is None or case.patient_id is None:
            return "handoff-unknown"
        handoff = await room.tx.cases.open_of(case.patient_id, HANDOFF)
        if asked.verb == "take":
            return await self._taken(room, case.patient_id, staff)
        if handoff is None or handoff.owner_id != staff.id:
            return "handoff-not-yours"
        if asked.verb == "back":
            await self._handoffs.give_back(room, handoff, staff)
            return "handoff-given-back"
        if len(asked.words) > LONGEST_WORDS:
            return "handoff-too-long"
        is_said = await self._handoffs.say(room, handoff, staff, asked.words)
        return "handoff-said" if is_said else "handoff-no-way"

    async def _taken(self, room: Room, patient_id: PatientId, staff: Staff) -> str:
        patient = await room.tx.people.patient(patient_id)
        if patient is None or patient.status is not PatientStatus.ACTIVE:
            return "handoff-no-way"
        is_confidential = await room.tx.alerts.has_confidential(patient_id)
        if not may_know(room, staff, is_confidential=is_confidential):
            return "handoff-unknown"
        await self._handoffs.take(room, patient_id, staff)
        return "handoff-yours"

    async def _shown(self, room: Room, case: Escalation | None) -> Escalation | None:
        """Staff name the conversation by its own code once it is taken."""
        if case is None or case.patient_id is None:
            return None
        return await room.tx.cases.open_of(case.patient_id, HANDOFF) or case
