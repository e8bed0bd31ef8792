"""Which texts that waited a while may still leave now, and how do the others end?"""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.escalation import HANDOFF
from bot.domain.leaving import Stay, needs_judging, stays
from bot.domain.message_kind import KIND_RULES
from bot.domain.patient import state_at
from bot.logs import failure
from bot.ports.outbox import Fence, Outcome
from bot.ports.store import Transaction


async def still_to_send(
    tx: Transaction, fence: Fence, claimed: Sequence[Delivery], *, now: datetime
) -> list[Delivery]:
    """Those of `claimed` that leave; the others wait for their hour or end with a reason."""
    leaving: list[Delivery] = []
    staying: list[tuple[Fence, Outcome]] = []
    for delivery in claimed:
        try:
            stay = await _judged(tx, delivery, now=now)
        except Exception as error:  # noqa: BLE001  # one unreadable patient must not stop the others
            failure("not-judged", error, delivery=delivery.id)
            stay = Stay(reason="not-judged")
        if stay is None:
            leaving.append(delivery)
        else:
            staying.append((fence, _outcome(delivery, stay)))
    if staying:
        await tx.outbox.settle(staying, at=now)
    return leaving


async def _judged(tx: Transaction, delivery: Delivery, *, now: datetime) -> Stay | None:
    """Only what has waited is judged again: `decide` has just judged everything else."""
    if delivery.patient_id is None or not needs_judging(delivery.kind, delivery.due_at, now=now):
        return None
    patient = await tx.people.patient(delivery.patient_id)
    if patient is None:
        return Stay(reason="patient-gone")
    clinic = await tx.house.clinic(delivery.clinic_id)
    index = await tx.people.index_of(delivery.clinic_id, delivery.channel, delivery.address)
    rule = KIND_RULES[delivery.kind]
    return stays(
        state_at(patient, await tx.people.facts(patient.id), at=now, clinic=clinic),
        delivery.kind,
        due_at=delivery.due_at,
        may_write=not await tx.people.is_opted_out(delivery.clinic_id, index),
        is_handed_off=rule.held_during_handoff
        and await tx.cases.open_of(patient.id, HANDOFF) is not None,
        now=now,
    )


def _outcome(delivery: Delivery, stay: Stay) -> Outcome:
    return Outcome(
        delivery_id=delivery.id,
        attempt=delivery.attempts + 1,
        state=DeliveryState.SKIPPED if stay.until is None else DeliveryState.QUEUED,
        outcome="stayed",
        reason=stay.reason,
        next_at=stay.until,
    )
