"""What becomes of a message, its person and its sender when a provider call has ended?"""

import random
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.identity import SenderId
from bot.domain.message_kind import KIND_RULES, MessageKind, WhenUncertain
from bot.logs import warning
from bot.ports.channel import (
    Misconfigured,
    RecipientStopped,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
    Uncertain,
)
from bot.ports.outbox import Left, Outcome
from bot.ports.store import Transaction
from bot.services.undelivered import mark_address_bad, stop_writing_to, tell_clinic_of_failure

LOOK_UP_AFTER = timedelta(seconds=60)
"""A provider's own list may lag behind by as much. Source: design.md 4."""
LOOK_UP = "look-up"
_RESENDS = 3
_FIRST_BACKOFF = timedelta(seconds=2)
_LONGEST_BACKOFF = timedelta(minutes=5)
_LONG_HOLD_S = 600.0
"""So long a hold is not pacing any more: the operator is told."""
_LEFT_BEHIND_OFTEN = 3
_MUST_ARRIVE = (MessageKind.SAFETY, MessageKind.ALERT, MessageKind.HANDOFF)
_REST = timedelta(minutes=5)
"""A text that was left behind in `sending` more often than that rests before it is tried again."""


def taken(delivery: Delivery, provider_id: str) -> Outcome:
    """The provider took it."""
    return Outcome(
        delivery_id=delivery.id,
        attempt=delivery.attempts + 1,
        state=DeliveryState.SENT,
        outcome="sent",
        provider_id=provider_id,
    )


def refused(
    delivery: Delivery, error: SendError, *, now: datetime, can_look_up: bool = False
) -> Outcome:
    """What `error` makes of the message: tried again, looked up, or at its end."""
    state, reason, next_at = DeliveryState.FAILED, error.reason, None
    match error:
        case Throttled(retry_after=seconds):
            state, next_at = DeliveryState.QUEUED, now + timedelta(seconds=seconds)
        case Unavailable() | Misconfigured():
            state, next_at = DeliveryState.QUEUED, now + backoff(delivery.attempts)
        case Uncertain():
            rule = KIND_RULES[delivery.kind]
            state = DeliveryState.UNCERTAIN
            if rule.when_uncertain is WhenUncertain.RESEND and delivery.doubts < _RESENDS:
                state, next_at = DeliveryState.QUEUED, now + backoff(delivery.attempts)
            elif _may_look_up(rule.when_uncertain, delivery.doubts, can_look_up=can_look_up):
                state, next_at = DeliveryState.QUEUED, now + LOOK_UP_AFTER
                reason = LOOK_UP
        case _:
            pass
    return Outcome(
        delivery_id=delivery.id,
        attempt=delivery.attempts + 1,
        state=state,
        outcome=type(error).__name__.casefold(),
        reason=reason,
        code=error.code,
        next_at=next_at,
    )


def left_behind(left: Left, *, now: datetime, can_look_up: bool) -> Outcome:
    """What becomes of a message whose call began before a crash."""
    policy = KIND_RULES[left.kind].when_uncertain
    state, reason, next_at = DeliveryState.UNCERTAIN, "stopped-while-sending", None
    if policy is WhenUncertain.RESEND:
        rest = _REST if left.doubts >= _LEFT_BEHIND_OFTEN else timedelta(0)
        state, reason, next_at = DeliveryState.QUEUED, "resent-after-uncertain", now + rest
    elif _may_look_up(policy, left.doubts + 1, can_look_up=can_look_up):
        state, reason, next_at = DeliveryState.QUEUED, LOOK_UP, now + LOOK_UP_AFTER
    return Outcome(
        delivery_id=left.delivery_id,
        attempt=left.attempts,
        state=state,
        outcome="interrupted",
        reason=reason,
        next_at=next_at,
    )


def given_back(delivery: Delivery, *, until: datetime | None = None) -> Outcome:
    """Leased, never called: it waits again as before."""
    return Outcome(
        delivery_id=delivery.id,
        attempt=delivery.attempts + 1,
        state=DeliveryState.QUEUED,
        outcome="given-back",
        reason=delivery.reason,
        next_at=until,
    )


def backoff(attempts: int) -> timedelta:
    """Doubling, with jitter, so that many waiting messages do not come back together."""
    doublings = min(attempts, 10)
    longest = min(_FIRST_BACKOFF * (1 << doublings), _LONGEST_BACKOFF)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, not a secret


class AnotherWay(Protocol):
    """Knows where else the same person can be written to."""

    async def try_another_way(self, tx: Transaction, failed: Delivery, *, now: datetime) -> bool:
        """Whether the words go to another address of the person."""
        ...


class Consequences:
    """Carries out, in the transaction of the result, what a refusal means for others."""

    def __init__(self, fallback: AnotherWay | None) -> None:
        """`fallback` knows another way to the person; None: there is none."""
        self._fallback = fallback

    async def of_taken(self, tx: Transaction, delivery: Delivery, *, now: datetime) -> None:
        """An alert that was taken waits for its reader from now on."""
        if delivery.kind is MessageKind.ALERT:
            await tx.alerts.note_end(delivery, DeliveryState.SENT, at=now)

    async def of_refused(
        self,
        tx: Transaction,
        delivery: Delivery,
        error: SendError,
        outcome: Outcome,
        *,
        rest: timedelta,
        now: datetime,
    ) -> None:
        """The sender held or stopped, the person's own word kept, the clinic told."""
        if rest:
            await tx.house.hold_sender(delivery.sender_id, until=now + rest)
            warning("provider-failing", sender=delivery.sender_id, reason=error.reason)
        match error:
            case Throttled():
                await self._slow_down(tx, delivery.sender_id, error, now=now)
            case Misconfigured(reason=reason):
                await tx.house.stop_sender(delivery.sender_id, reason=reason)
                warning("sender-stopped", sender=delivery.sender_id, reason=reason)
            case RecipientStopped(code=code):
                await stop_writing_to(tx, delivery, at=now)
                await self._not_reached(tx, delivery, code, now=now)
            case Rejected(code=code, is_address_bad=is_bad):
                if is_bad:
                    await mark_address_bad(tx, delivery, at=now)
                else:
                    warning("message-refused", delivery=delivery.id, reason=error.reason)
                await self._not_reached(tx, delivery, code, now=now)
            case Uncertain(code=code) if _is_given_up(delivery, outcome):
                await tell_clinic_of_failure(tx, delivery, code=code, at=now)
            case _:
                pass

    async def _slow_down(
        self, tx: Transaction, sender_id: SenderId, error: Throttled, *, now: datetime
    ) -> None:
        await tx.house.hold_sender(sender_id, until=now + timedelta(seconds=error.retry_after))
        if error.retry_after >= _LONG_HOLD_S:
            warning("sender-held", sender=sender_id, reason=error.reason)

    async def _not_reached(
        self, tx: Transaction, delivery: Delivery, code: str | None, *, now: datetime
    ) -> None:
        await tell_clinic_of_failure(tx, delivery, code=code, at=now)
        if self._fallback is not None:
            await self._fallback.try_another_way(tx, delivery, now=now)


def _may_look_up(policy: WhenUncertain, doubts: int, *, can_look_up: bool) -> bool:
    return policy is WhenUncertain.LOOK_UP and can_look_up and doubts < _RESENDS


def _is_given_up(delivery: Delivery, outcome: Outcome) -> bool:
    """Whether words of safety may never have arrived; other kinds have their own net."""
    is_over = outcome.state == DeliveryState.UNCERTAIN
    return is_over and delivery.kind in _MUST_ARRIVE
