"""What may an operator do with messages that wait, or that ended badly?"""

from datetime import datetime, timedelta

from bot.domain.delivery import DeliveryState
from bot.domain.identity import ClinicId, DeliveryId, SenderId
from bot.ports.clock import Clock
from bot.ports.store import Store

_RETRY = ":retry"
_FOR_GOOD = timedelta(days=36_500)


class NotRetried(Exception):
    """Why a message is not sent again; written for the operator."""


class OutboxDesk:
    """Every act is written to the audit trail."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """By patient time of `clock`."""
        self._store = store
        self._clock = clock

    async def retry(self, clinic_id: ClinicId, delivery_id: DeliveryId, *, by: str) -> DeliveryId:
        """Send now what waits for its next try, or anew what failed; the id that will leave.

        Raises NotRetried for what was sent, was skipped for the patient's sake, or is too late.
        """
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            delivery = await tx.outbox.delivery(clinic_id, delivery_id)
            if delivery is None:
                raise NotRetried("there is no such message, or its text is gone")
            if delivery.expires_at is not None and delivery.expires_at <= now:
                raise NotRetried("what it says is no longer true: it was valid until then only")
            verb, again = "outbox-hurried", delivery.id
            if delivery.state is DeliveryState.QUEUED:
                await tx.outbox.hurry(delivery.id, at=now)
            elif delivery.state in (DeliveryState.FAILED, DeliveryState.UNCERTAIN):
                cause = f"{delivery.cause}{_RETRY}"
                queued = await tx.outbox.queue_again(delivery, cause=cause, due_at=now)
                if queued is None:
                    raise NotRetried("it was sent again before; retry that one (balm why)")
                verb, again = "outbox-retried", queued
            else:
                raise NotRetried(f"it is {delivery.state.value}: sending it again would double it")
            await tx.house.audit(clinic_id, at=now, actor=by, verb=verb, subject=delivery.id)
        return again

    async def hold(
        self, clinic_id: ClinicId, sender_id: SenderId, *, hours: float | None, by: str
    ) -> datetime:
        """Nothing leaves from a sender until then, or until it is released; its queue is kept."""
        now = self._clock.now()
        until = now + (timedelta(hours=hours) if hours is not None else _FOR_GOOD)
        async with self._store.unit_of_work() as tx:
            await tx.house.hold_sender(sender_id, until=until)
            await tx.house.audit(clinic_id, at=now, actor=by, verb="sender-held", subject=sender_id)
        return until

    async def release(self, clinic_id: ClinicId, sender_id: SenderId, *, by: str) -> None:
        """A sender that was held or stopped goes on with its queue."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            await tx.house.release_sender(sender_id)
            await tx.house.audit(
                clinic_id, at=now, actor=by, verb="sender-released", subject=sender_id
            )
