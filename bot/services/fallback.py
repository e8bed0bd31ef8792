"""When words of safety, or with a deadline, cannot arrive, is there another way to the person?"""

from dataclasses import replace
from datetime import datetime

from bot.domain.delivery import Body, Delivery, to_send_again
from bot.domain.effect import Say
from bot.domain.identity import Channel, DeliveryId
from bot.domain.light_markup import plain
from bot.domain.message_kind import TIME_CRITICAL, MessageKind
from bot.domain.patient import state_at
from bot.domain.sms_text import for_sms
from bot.ports.clock import Ids
from bot.ports.store import Transaction
from bot.services.compose import Composer, Reader
from bot.services.reach import patient_recipient

_DISCREET = "reach-you-elsewhere"
_FALLBACK = ":fallback"
_GOES_ANOTHER_WAY = TIME_CRITICAL | {MessageKind.SAFETY}


class Fallback:
    """Queues such words again for an address on another channel, once."""

    def __init__(self, composer: Composer, ids: Ids) -> None:
        """The discreet wording comes from `composer`."""
        self._composer = composer
        self._ids = ids

    async def try_another_way(self, tx: Transaction, failed: Delivery, *, now: datetime) -> bool:
        """Whether the words go to another address of the patient, who agreed to be written to.

        On a phone that others may read, and for what is only time-critical, the text says only
        whom to call.
        """
        if failed.kind not in _GOES_ANOTHER_WAY or failed.patient_id is None:
            return False
        patient = await tx.people.patient(failed.patient_id)
        if patient is None or _FALLBACK in failed.cause:
            return False
        clinic = await tx.house.clinic(failed.clinic_id)
        state = state_at(patient, await tx.people.facts(patient.id), at=now, clinic=clinic)
        if not state.has_consent:
            return False
        other = await patient_recipient(tx, failed.clinic_id, patient.id, None)
        if other is None or other.channel is failed.channel:
            return False
        reader = Reader(channel=other.channel, language=state.language, clinic=clinic)
        composed = self._composer.say(Say(template=_DISCREET, kind=MessageKind.SAFETY), reader)
        body, template = composed.body, composed.template
        if failed.kind is MessageKind.SAFETY and not state.shares_phone:
            body, template = Body(text=_words(failed, other.channel)), failed.template
        again = to_send_again(
            failed,
            id=DeliveryId(self._ids.new()),
            cause=f"{failed.cause}{_FALLBACK}",
            due_at=failed.due_at,
        )
        again = replace(
            again,
            sender_id=other.sender_id,
            channel=other.channel,
            address_id=other.address_id,
            address=other.value,
            body=body,
            template=template,
        )
        return await tx.outbox.add(again, index=other.index, source=composed.source)


def _words(failed: Delivery, channel: Channel) -> str:
    text = plain(failed.body.text)
    return for_sms(text) if channel is Channel.SMS else text
