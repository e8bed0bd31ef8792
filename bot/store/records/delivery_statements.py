"""Which statements carry deliveries from queued to their end? Each for many rows, and made once.

They are Core, not ORM: thousands of messages a second pass here, and making a statement costs as
much as executing it. Each repeats its condition where it writes, because PostgreSQL looks again
only at that one after waiting for a lock.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
)

from bot.domain.delivery import DeliveryState
from bot.store.json_rows import JsonRows
from bot.store.sealing import core
from bot.store.tables import AttemptRow, DeliveryRow, ReceiptRow, SenderRow
from bot.store.types import UtcDateTime

WAITING = (DeliveryState.QUEUED.value, DeliveryState.LEASED.value)
_UNSETTLED = (*WAITING, DeliveryState.SENDING.value)

_deliveries, _attempts = core(DeliveryRow), core(AttemptRow)
_senders, _receipts = core(SenderRow), core(ReceiptRow)
_instant = UtcDateTime()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatements:
    """The statements of one database; `now`, `at` are instants, `rows` is what `as_json` makes."""

    has_due: Select[Any]
    """of_sender, now: an id if something waits to leave."""
    expire: Update
    """now: ends what is past its validity."""
    claim_urgent: Update
    """of_sender, under_fence, now, until, at_most: leases the most urgent; the whole rows."""
    claim_oldest: Update
    mark: Update
    """rows of id, fence: their calls start now; id and number of the call."""
    begin: Insert
    """at, rows of id, delivery_id, number: the calls."""
    settle: Update
    """at, rows of id, fence and an outcome: how calls ended; ids of those whose fence stands."""
    end: Update
    """at, rows of id, attempt, outcome, code: how the calls themselves ended."""
    overtaken: Select[Any]
    """rows of provider_id: those for which a report is already there."""


@cache
def statements(dialect: str) -> DeliveryStatements:
    """Made once for each kind of database."""
    return DeliveryStatements(
        has_due=_has_due(),
        expire=_expire(),
        claim_urgent=_claim(dialect, is_oldest_first=False),
        claim_oldest=_claim(dialect, is_oldest_first=True),
        mark=_mark(JsonRows(dialect)),
        begin=_begin(JsonRows(dialect)),
        settle=_settle(JsonRows(dialect)),
        end=_end(JsonRows(dialect)),
        overtaken=_overtaken(JsonRows(dialect)),
    )


def is_unsettled(state: Any) -> ColumnElement[bool]:
    """Whether a delivery has not ended, in the very words of the partial indexes.

    Literal values: with bound ones neither database could know that the index holds all it needs.
    """
    found: ColumnElement[bool] = state.in_([literal_column(f"'{one}'") for one in _UNSETTLED])
    return found


def _now() -> Any:
    return bindparam("now", type_=_instant)


def _at() -> Any:
    return bindparam("at", type_=_instant)


def _may_send_now(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the sender runs and is not held."""
    return exists().where(
        _senders.c.id == bindparam("of_sender"),
        _senders.c.state == "running",
        or_(_senders.c.held_until.is_(None), _senders.c.held_until <= _now()),
        *more,
    )


def _is_due() -> ColumnElement[bool]:
    return and_(
        _deliveries.c.sender_id == bindparam("of_sender"),
        _deliveries.c.state == DeliveryState.QUEUED.value,
        _deliveries.c.next_at <= _now(),
    )


def _has_due() -> Select[Any]:
    return select(_deliveries.c.id).where(_is_due(), _may_send_now()).limit(1)


def _expire() -> Update:
    return (
        _deliveries.update()
        .where(
            is_unsettled(_deliveries.c.state),
            _deliveries.c.state.in_([literal_column(f"'{one}'") for one in WAITING]),
            _deliveries.c.expires_at <= _now(),
        )
        .values(
            state=DeliveryState.EXPIRED.value,
            reason="late",
            settled_at=_now(),
            leased_until=None,
        )
        .returning(_deliveries.c.id)
    )


def _claim(dialect: str, *, is_oldest_first: bool) -> Update:
    table = _deliveries.c
    by_age = (table.next_at, table.id)
    chosen = (
        select(table.id)
        .where(
            _is_due(),
            or_(table.expires_at.is_(None), table.expires_at > _now()),
            _is_first_of_its_address(),
            _may_send_now(_senders.c.fence == bindparam("under_fence")),
        )
        .order_by(*(by_age if is_oldest_first else (table.priority, *by_age)))
        .limit(bindparam("at_most"))
    )
    if dialect == "postgresql":
        chosen = chosen.with_for_update(skip_locked=True, of=_deliveries)
    return (
        _deliveries.update()
        .where(table.id.in_(chosen), table.state == DeliveryState.QUEUED.value)
        .values(
            state=DeliveryState.LEASED.value,
            leased_until=bindparam("until", type_=_instant),
            fence=bindparam("under_fence"),
        )
        .returning(*table)
    )


def _is_first_of_its_address() -> ColumnElement[bool]:
    """No other message of this address that is not settled goes before it.

    A more urgent one does, and an earlier one of its own priority. So a conversation arrives in
    order.
    """
    mine, other = _deliveries.c, _deliveries.alias("other").c
    return ~exists().where(
        other.sender_id == mine.sender_id,
        other.address_index == mine.address_index,
        is_unsettled(other.state),
        or_(
            other.state == DeliveryState.SENDING.value,
            other.expires_at.is_(None),
            other.expires_at > _now(),
        ),
        or_(  # what was put off for the person's sake holds nobody up
            other.next_at <= _now(),
            other.reason.is_(None),
            other.reason.not_in(("quiet-hours", "handed-off")),
        ),
        or_(
            other.priority < mine.priority,
            and_(other.priority == mine.priority, other.id < mine.id),
        ),
    )


def _stands(fence: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether nobody took the sender over since."""
    return exists().where(_senders.c.id == _deliveries.c.sender_id, _senders.c.fence == fence)


def _mark(rows: JsonRows) -> Update:
    table = _deliveries.c
    return (
        _deliveries.update()
        .where(
            table.id == rows.text("id"),
            table.fence == rows.number("fence"),
            table.state == DeliveryState.LEASED.value,
            _stands(table.fence),
        )
        .values(state=DeliveryState.SENDING.value, attempts=table.attempts + 1)
        .returning(table.id, table.attempts)
    )


def _begin(rows: JsonRows) -> Insert:
    return _attempts.insert().from_select(
        ["id", "delivery_id", "number", "started_at"],
        select(rows.text("id"), rows.text("delivery_id"), rows.number("number"), _at()),
    )


def _settle(rows: JsonRows) -> Update:
    """A row that a later holder took has a higher fence; what an earlier one left, a lower one."""
    table, fence = _deliveries.c, rows.number("fence")
    return (
        _deliveries.update()
        .where(
            table.id == rows.text("id"),
            table.fence <= fence,
            or_(
                table.state == DeliveryState.LEASED.value,
                table.state == DeliveryState.SENDING.value,
            ),
            _stands(fence),
        )
        .values(
            state=rows.text("state"),
            provider_id=rows.text("provider_id"),
            reason=rows.text("reason"),
            next_at=rows.instant("next_at"),
            settled_at=rows.instant("settled_at"),
            leased_until=None,
        )
        .returning(table.id)
    )


def _end(rows: JsonRows) -> Update:
    return (
        _attempts.update()
        .where(
            _attempts.c.delivery_id == rows.text("id"),
            _attempts.c.number == rows.number("attempt"),
        )
        .values(ended_at=_at(), outcome=rows.text("outcome"), code=rows.text("code"))
    )


def _overtaken(rows: JsonRows) -> Select[Any]:
    return select(_receipts.c.provider_id).where(
        _receipts.c.provider_id.in_(select(rows.text("provider_id")))
    )
