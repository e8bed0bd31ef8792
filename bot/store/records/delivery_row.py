"""How does a stored row become a delivery, and the other way round?"""

from typing import Any

from sqlalchemy import Row

from bot.domain.delivery import Body, Choice, Delivery, DeliveryState
from bot.domain.identity import (
    AddressId,
    AddressIndex,
    Channel,
    ClinicId,
    DeliveryId,
    PatientId,
    SenderId,
)
from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.domain.picture import PictureName, PictureOrder
from bot.store.sealing import Sealer
from bot.store.tables import DeliveryRow


async def delivery_of(sealer: Sealer, row: DeliveryRow | Row[Any]) -> Delivery:
    """The delivery that a row holds; its text must not have been blanked."""
    assert row.sealed_message is not None
    plain = await sealer.unseal(
        place_of(row.id),
        row.sealed_message,
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
    )
    return Delivery(
        id=DeliveryId(row.id),
        clinic_id=ClinicId(row.clinic_id),
        sender_id=SenderId(row.sender_id),
        channel=Channel(row.channel),
        kind=MessageKind(row.kind),
        cause=row.cause,
        part=row.part,
        patient_id=PatientId(row.patient_id) if row.patient_id else None,
        address_id=AddressId(row.address_id) if row.address_id else None,
        address=plain["address"],
        body=_body(plain),
        template=row.template,
        due_at=row.due_at,
        expires_at=row.expires_at,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        edits=plain["edits"],
        answers_press=plain["answers_press"],
        provider_id=row.provider_id,
        reason=row.reason,
    )


def place_of(delivery_id: str) -> str:
    """What a delivery's text is bound to when it is sealed."""
    return f"delivery.message:{delivery_id}"


def plain_of(delivery: Delivery) -> dict[str, Any]:
    """What is sealed of a delivery."""
    return {
        "address": delivery.address,
        "text": delivery.body.text,
        "choices": [[[c.label, c.action] for c in row] for row in delivery.body.choices],
        "late_text": delivery.body.late_text,
        "picture": _picture_record(delivery.body.picture),
        "edits": delivery.edits,
        "answers_press": delivery.answers_press,
    }


def values_of(
    delivery: Delivery, sealed: bytes, *, index: AddressIndex, text_hash: str
) -> dict[str, Any]:
    """The row of a new delivery, by column."""
    return {
        "id": delivery.id,
        "clinic_id": delivery.clinic_id,
        "sender_id": delivery.sender_id,
        "channel": delivery.channel.value,
        "kind": delivery.kind.value,
        "cause": delivery.cause,
        "part": delivery.part,
        "patient_id": delivery.patient_id,
        "address_id": delivery.address_id,
        "address_index": index,
        "sealed_message": sealed,
        "text_hash": text_hash,
        "template": delivery.template,
        "priority": KIND_RULES[delivery.kind].priority,
        "due_at": delivery.due_at,
        "expires_at": delivery.expires_at,
        "next_at": delivery.due_at,
        "state": delivery.state.value,
        "attempts": 0,
        "fence": 0,
    }


def _body(plain: dict[str, Any]) -> Body:
    return Body(
        text=plain["text"],
        choices=tuple(
            tuple(Choice(label=label, action=action) for label, action in row)
            for row in plain["choices"]
        ),
        late_text=plain.get("late_text"),
        picture=_picture_of(plain.get("picture")),
    )


def _picture_record(picture: PictureOrder | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    return {
        "name": picture.name.value,
        "language": picture.language,
        "shows": dict(picture.shows),
    }


def _picture_of(record: dict[str, Any] | None) -> PictureOrder | None:
    if record is None:
        return None
    return PictureOrder(
        name=PictureName(record["name"]), language=record["language"], shows=record["shows"]
    )
