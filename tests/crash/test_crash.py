"""Stopped after any commit or send and started again: is nothing lost, and nothing doubled?"""

import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.domain.delivery import Outgoing, Receipt, ReceiptStatus
from bot.domain.identity import Channel
from bot.domain.inbound import Inbound
from bot.ports.channel import ReceivedReceipt
from bot.settings import Settings
from bot.store.tables import DeliveryRow, DoseLogRow, EscalationRow, FactRow
from bot.wiring.words import Words
from tests.crash.fuse import Crash, Fuse, FusedChannel
from tests.household import Household, StillClock, open_household, settings_of

FINAL = {"sent", "failed", "expired", "skipped", "uncertain"}
RESENT = {"reply", "safety", "enrolment", "confirmation"}
"""Kinds that may be read twice; every other leaves at most once."""


@dataclass
class Life:
    """What lies on disk and what the provider got, over all lives of the process."""

    settings: Settings
    words: Words
    clock: StillClock
    channel: Channel
    taken: list[Outgoing] = field(default_factory=list)

    @asynccontextmanager
    async def begin(self, fuse: Fuse) -> AsyncIterator[Household]:
        """One life, over the same files."""
        async with open_household(self.settings, self.words, self.clock) as home:
            home.add_phone("ada")
            home.house.store.unit_of_work = fuse.around(  # type: ignore[method-assign]
                home.house.store.unit_of_work  # type: ignore[assignment]
            )
            fused = {
                sender_id: FusedChannel(channel, fuse, self.taken)
                for sender_id, channel in home.lines.channels.items()
            }
            home.engine = home.house.engine(fused, home.lines.senders)
            yield home


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Something that happens, and what must be true of it afterwards."""

    name: str
    channel: Channel
    happens: Callable[[Household], Awaitable[None]]
    again: Callable[[Household], Awaitable[None]]
    """What the outside does once the process is back: redelivers, and time goes on."""
    prepared: Callable[[Household], Awaitable[None]] | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """All that the flow left behind, without ids."""

    deliveries: Counter[tuple[str, str]]
    """By kind and template."""
    ends: frozenset[str]
    planned: tuple[str, ...]
    doses: Counter[str]
    cases: Counter[str]
    facts: Counter[str]


async def outcome(home: Household) -> Outcome:
    async with home.house.store.read() as tx:
        session = tx.outbox._session
        rows = (await session.scalars(select(DeliveryRow))).all()
        doses = (await session.scalars(select(col(DoseLogRow.answer)))).all()
        cases = (await session.scalars(select(col(EscalationRow.category)))).all()
        facts = (await session.scalars(select(col(FactRow.kind)))).all()
        patient_id = (await session.scalars(select(col(DeliveryRow.patient_id)))).first()
        assert patient_id is not None
        now = home.clock.now()
        around = timedelta(days=1)
        found = await tx.plan.occurrences(patient_id, after=now - around, until=now)  # type: ignore[arg-type]
    return Outcome(
        deliveries=Counter((row.kind, row.template) for row in rows),
        ends=frozenset(row.state for row in rows),
        planned=tuple(f"{o.reminder} {o.state}" for o in found),
        doses=Counter(doses),
        cases=Counter(cases),
        facts=Counter(facts),
    )


# --- the flows


async def says_taken(home: Household) -> None:
    await home.house.inbound.accept(events_of(home, "TAKEN"))
    await home.engine.settle()


async def is_in_danger(home: Household) -> None:
    await home.house.inbound.accept(events_of(home, "I want to kill myself"))
    await home.engine.settle()


async def stops(home: Household) -> None:
    await home.house.inbound.accept(events_of(home, "please stop texting me"))
    await home.engine.settle()


_events: dict[str, list[Inbound]] = {}


def events_of(home: Household, text: str) -> list[Inbound]:
    """The same message, also when the provider brings it again."""
    if text not in _events:
        _events[text] = list(home.simulator.type_text("ada", Channel.SMS, text))
    return _events[text]


async def falls_due(home: Household) -> None:
    home.clock.offset += timedelta(hours=10, seconds=1)
    await home.engine.settle()


async def a_little_later(home: Household) -> None:
    await home.engine.settle()


async def until_the_nudge(home: Household) -> None:
    await home.engine.settle()
    await home.engine.advance(home.clock.now() + timedelta(hours=1, minutes=1))


async def is_reported_failed(home: Household) -> None:
    row_id = home.bubbles("ada", Channel.SMS)[-1].id
    sender = next(s for s in home.lines.senders if s.channel is Channel.SMS)
    receipt = Receipt(provider_id=row_id, status=ReceiptStatus.FAILED, code="30005")
    await home.house.inbound.accept([ReceivedReceipt(sender_id=sender.id, receipt=receipt)])
    await home.engine.settle()


FLOWS = (
    Flow(
        name="answer",
        channel=Channel.SMS,
        prepared=falls_due,
        happens=says_taken,
        again=says_taken,
    ),
    Flow(name="danger", channel=Channel.SMS, happens=is_in_danger, again=is_in_danger),
    Flow(name="stop", channel=Channel.SMS, prepared=falls_due, happens=stops, again=stops),
    Flow(name="reminder", channel=Channel.SMS, happens=falls_due, again=until_the_nudge),
    Flow(
        name="receipt",
        channel=Channel.SMS,
        prepared=falls_due,
        happens=is_reported_failed,
        again=is_reported_failed,
    ),
)


# --- the tests


async def prepare(flow: Flow, words: Words, folder: Path, template: Path) -> timedelta:
    """A patient who joined earlier, up to where the flow begins; how far the clock went."""
    _events.clear()
    shutil.copytree(template, folder)
    clock = StillClock()
    async with open_household(settings_of(folder), words, clock) as home:
        await home.settle_in("ada", channel=flow.channel)
        if flow.prepared is not None:
            await flow.prepared(home)
    return clock.offset


async def live(
    flow: Flow, words: Words, start: tuple[Path, timedelta], folder: Path, *, crash_at: int | None
) -> tuple[Outcome, list[Outgoing], Fuse]:
    """The flow with a crash at one step, and everything after the restart."""
    _events.clear()
    shutil.copytree(start[0], folder)
    clock = StillClock()
    clock.offset = start[1]
    life = Life(settings=settings_of(folder), words=words, clock=clock, channel=flow.channel)
    fuse = Fuse(crash_at)
    async with life.begin(fuse) as home:
        try:
            await flow.happens(home)
        except (Crash, BaseExceptionGroup):
            assert fuse.is_blown
    async with life.begin(Fuse()) as home:
        await flow.again(home)
        await home.engine.advance(home.clock.now() + timedelta(minutes=1))
        return await outcome(home), life.taken, fuse


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
async def test_a_crash_at_any_step_loses_and_doubles_nothing(
    flow: Flow, words: Words, sqlite_template: Path, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    start = (begun, await prepare(flow, words, begun, sqlite_template))
    whole, sent, fuse = await live(flow, words, start, tmp_path / "whole", crash_at=None)
    assert whole.ends <= FINAL
    texts = Counter(message.body.text for message in sent)
    assert set(texts.values()) <= {1}
    assert len(fuse.steps) >= 2
    for number, step in enumerate(fuse.steps, start=1):
        folder = tmp_path / f"crash-{number}"
        after, taken, _ = await live(flow, words, start, folder, crash_at=number)
        where = f"{flow.name}: crash {step}, step {number} of {len(fuse.steps)}"
        assert after.ends <= FINAL, where
        expected = (whole.deliveries, whole.planned, whole.doses, whole.cases, whole.facts)
        got = (after.deliveries, after.planned, after.doses, after.cases, after.facts)
        assert got == expected, where
        check_sends(await kinds(folder, words, clock_of(start)), texts, taken, where)
        shutil.rmtree(folder)


def clock_of(start: tuple[Path, timedelta]) -> StillClock:
    clock = StillClock()
    clock.offset = start[1]
    return clock


async def kinds(folder: Path, words: Words, clock: StillClock) -> dict[str, tuple[str, str]]:
    """Kind and state by delivery id."""
    async with (
        open_household(settings_of(folder), words, clock) as home,
        home.house.store.read() as tx,
    ):
        rows = (await tx.outbox._session.scalars(select(DeliveryRow))).all()
        return {row.id: (row.kind, row.state) for row in rows}


def check_sends(
    known: dict[str, tuple[str, str]], texts: Counter[str], taken: list[Outgoing], where: str
) -> None:
    """Every text of the undisturbed run arrived, or is known as uncertain; few came twice."""
    got = Counter(message.body.text for message in taken)
    times = Counter(message.delivery_id for message in taken)
    for delivery_id, number in times.items():
        kind, _ = known[delivery_id]
        assert number <= (2 if kind in RESENT else 1), f"{where}: {kind} left {number} times"
    uncertain = [kind for kind, state in known.values() if state == "uncertain"]
    missing = [text for text in texts if text not in got]
    assert len(missing) <= len(uncertain), f"{where}: lost {missing}"
    assert not set(uncertain) & RESENT, f"{where}: {uncertain} should have been resent"
    assert not set(got) - set(texts), f"{where}: {set(got) - set(texts)} came from nowhere"
