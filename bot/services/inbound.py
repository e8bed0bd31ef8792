"""How is a message accepted once, and answered once, whatever happens in between?"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.effect import RaiseAlert, Say
from bot.domain.escalation import Urgency
from bot.domain.identity import ClinicId, Lane, SenderId
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Clinic
from bot.domain.reading import Reading
from bot.logs import event, failure, warning
from bot.ports.channel import ReceivedReceipt
from bot.ports.clock import Clock
from bot.ports.inbox import StoredInbound, UnreadableInbound
from bot.ports.people import Conflict
from bot.ports.reader import TextReader
from bot.ports.store import Store, StoreBusy, Transaction
from bot.ports.wake import Wake
from bot.services.alert_answers import AlertAnswers
from bot.services.effects import Effects
from bot.services.fallback import Fallback
from bot.services.handoffs import Handoffs
from bot.services.receipts import apply_receipt
from bot.services.scene import Recipient, Scene
from bot.services.staff_replies import StaffReplies
from bot.services.turns import Meeting, Turns
from bot.services.unreadable import set_aside
from handlers import answer

_TRIES = 3
_RETRY_AFTER = timedelta(seconds=2)
_NO_WORDS = (
    InboundKind.BUTTON,
    InboundKind.BLOCKED,
    InboundKind.UNBLOCKED,
    InboundKind.MEMBERSHIP,
)
_READ_KINDS = (InboundKind.TEXT, InboundKind.PHOTO, InboundKind.EDITED)


class InboundService:
    """Stored before promised: a message is answered only after it was committed."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        turns: Turns,
        effects: Effects,
        reader: TextReader,
        wake: Wake,
        staff: StaffReplies,
        alerts: AlertAnswers,
        handoffs: Handoffs,
        fallback: Fallback | None = None,
    ) -> None:
        """Reads with `reader`, carries out with `effects`; `staff` answer alerts the same way."""
        self._handoffs = handoffs
        self._fallback = fallback
        self._store = store
        self._clock = clock
        self._turns = turns
        self._effects = effects
        self._reader = reader
        self._wake = wake
        self._staff = staff
        self._alerts = alerts
        self._clinics: dict[SenderId, ClinicId] = {}

    async def accept(self, events: Sequence[Inbound | ReceivedReceipt]) -> None:
        """Store messages and receipts once; returns after the commit."""
        if not events:
            return
        now = self._clock.now()
        lanes: list[tuple[ClinicId, Lane]] = []
        async with self._store.unit_of_work() as tx:
            for one in events:
                clinic_id = await self._clinic_of(tx, one.sender_id)
                match one:
                    case Inbound():
                        stored = await tx.inbox.add(clinic_id, one, at=now)
                        lanes += [(clinic_id, stored.lane)] if stored is not None else []
                    case ReceivedReceipt():
                        await apply_receipt(tx, clinic_id, one, at=now, fallback=self._fallback)
        if lanes:
            self._wake.inbound(lanes)

    async def answer_next(self, lane: tuple[ClinicId, Lane] | None = None) -> bool:
        """Answer the oldest waiting message (of `lane`, if given).

        False when none waits, or when somebody else is answering this lane at the moment.
        """
        now = self._clock.now()
        waiting: StoredInbound | None = None
        meeting: Meeting | None = None
        try:
            async with self._store.read() as tx:
                found = await tx.inbox.next_waiting(now, lane=lane)
                if found is None:
                    return False
                if not isinstance(found, UnreadableInbound):
                    waiting = found
                    meeting = await self._turns.meet(tx, waiting, now=now)
            if isinstance(found, UnreadableInbound):
                await self._try_unreadable(found, now=now)
                return True
            assert waiting is not None
            assert meeting is not None
            reading = await self._read(waiting, meeting)
            async with self._store.unit_of_work() as tx:
                if not await tx.inbox.claim(waiting.id):
                    return lane is None
                moved_to = await self._answer(tx, waiting, reading, meeting.clinic)
            self._wake_moved(waiting.clinic_id, moved_to)
        except Conflict:
            return True
        except Exception as error:
            if waiting is None or isinstance(error, StoreBusy):
                raise  # not the fault of this message
            failure("inbound-failed", error, inbound=waiting.id, tries=waiting.tries + 1)
            await self._after_failure(waiting, meeting)
        self._wake.outbox()
        return True

    async def _read(self, waiting: StoredInbound, meeting: Meeting) -> Reading:
        message = waiting.message
        if message.kind not in _READ_KINDS or message.is_group or not message.text:
            return Reading()
        return await asyncio.to_thread(
            self._reader.read,
            message.text,
            language=meeting.language,
            region=meeting.clinic.region,
            last_topic=meeting.conversation.last_topic,
        )

    async def _answer(
        self, tx: Transaction, waiting: StoredInbound, reading: Reading, clinic: Clinic
    ) -> Lane | None:
        """Answer; the lane that the writer's other messages wait in from now on, if it changed."""
        now = self._clock.now()
        if await self._staff.take(tx, waiting, now=now):
            await tx.inbox.mark_applied(waiting, at=now, patient_id=None)
            return None
        meeting = await self._turns.meet(tx, waiting, now=now, clinic=clinic)
        turn = await self._turns.load(tx, waiting, reading, meeting, now=now)
        scene = _scene(tx, waiting, meeting, now=now)
        scene.is_opted_out = turn.is_opted_out
        effects = answer(turn)
        await self._effects.apply(scene, effects)
        if scene.patient_id is not None and not scene.cases:
            await self._alerts.hear(tx, scene.patient_id, waiting.message.text, now=now)
        if turn.handoff is not None and waiting.message.kind not in _NO_WORDS:
            await self._handoffs.heard(tx, turn.handoff, waiting.message)
        if scene.patient_id is None and not waiting.message.is_group:
            await tx.people.count_stranger(
                waiting.clinic_id, waiting.address_index, now=now, is_try=False
            )
        await tx.inbox.mark_applied(waiting, at=now, patient_id=scene.patient_id)
        event("inbound-answered", inbound=waiting.id, kind=waiting.message.kind.value)
        lane = scene.conversation.lane
        return lane if lane != meeting.conversation.lane else None

    def _wake_moved(self, clinic_id: ClinicId, lane: Lane | None) -> None:
        """Messages that were moved are found at once, not by the next sweep."""
        if lane is not None:
            self._wake.inbound([(clinic_id, lane)])

    async def _after_failure(self, waiting: StoredInbound, meeting: Meeting | None) -> None:
        """Another try later; where even giving up fails, the message is set aside."""
        try:
            await self._give_up_slowly(waiting, meeting)
        except StoreBusy:
            raise  # not the fault of this message
        except Exception as error:  # noqa: BLE001  # the loop must outlive any one message
            failure("inbound-set-aside", error, inbound=waiting.id, tries=waiting.tries + 1)
            now = self._clock.now()
            async with self._store.unit_of_work() as tx:
                retry_at = now + _RETRY_AFTER * (waiting.tries + 1)
                tries = await tx.inbox.mark_failed_try(waiting.id, next_try_at=retry_at)
                if tries >= _TRIES:
                    await set_aside(tx, waiting, at=now)

    async def _give_up_slowly(self, waiting: StoredInbound, meeting: Meeting | None) -> None:
        """After the last try: a fixed, safe reply, and a person is told.

        `meeting` is None when even the writer could not be looked up. Words of somebody who is
        not known as a patient are not kept.
        """
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            retry_at = now + _RETRY_AFTER * (waiting.tries + 1)
            tries = await tx.inbox.mark_failed_try(waiting.id, next_try_at=retry_at)
            if tries < _TRIES:
                return
            meeting = meeting or await self._turns.meet_nobody(tx, waiting)
            scene = _scene(tx, waiting, meeting, now=now)
            alert = RaiseAlert(
                category="not-understood-by-software",
                urgency=Urgency.SAME_DAY,
                evidence=waiting.message.text if scene.patient_id is not None else "",
            )
            said = Say(template="not-understood-by-software", kind=MessageKind.SAFETY)
            replies = [] if waiting.message.is_group else [said]
            await self._effects.apply(scene, [*replies, alert])
            await tx.inbox.mark_failed(waiting, at=now, patient_id=scene.patient_id)

    async def _try_unreadable(self, waiting: UnreadableInbound, *, now: datetime) -> None:
        """A message that cannot be opened: tried again, then set aside, and a person is told.

        It is kept as it is; what the same person writes later is answered.
        """
        warning("inbound-unreadable", inbound=waiting.id)
        async with self._store.unit_of_work() as tx:
            tries = await tx.inbox.mark_failed_try(waiting.id, next_try_at=now + _RETRY_AFTER)
            if tries >= _TRIES:
                await set_aside(tx, waiting, at=now)

    async def _clinic_of(self, tx: Transaction, sender_id: SenderId) -> ClinicId:
        """Whose sender this is, which never changes."""
        if sender_id not in self._clinics:
            self._clinics[sender_id] = (await tx.house.sender(sender_id)).clinic_id
        return self._clinics[sender_id]


def _scene(tx: Transaction, waiting: StoredInbound, meeting: Meeting, *, now: datetime) -> Scene:
    message = waiting.message
    patient = meeting.patient
    return Scene(
        tx=tx,
        clinic=meeting.clinic,
        now=now,
        cause=f"inbound:{waiting.id}",
        actor="patient" if patient else "stranger",
        conversation=meeting.conversation,
        patient_id=patient.patient.id if patient else None,
        language=meeting.language,
        recipient=Recipient(
            channel=message.channel,
            sender_id=message.sender_id,
            value=message.address,
            index=waiting.address_index,
            address_id=meeting.address.id if meeting.address else None,
        ),
        is_opted_out=False,
        answers_press=message.press_id,
        pressed_message=message.pressed_message,
        said_at=message.sent_at or waiting.received_at,
    )
