"""Stopped after any commit or send and started again: is nothing lost, and nothing doubled?"""

import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.domain.delivery import Outgoing
from bot.settings import Settings
from bot.store.tables import (
    AnswerRow,
    DeliveryRow,
    DoseLogRow,
    EscalationEntryRow,
    EscalationRow,
    FactRow,
)
from bot.wiring.words import Words
from tests.crash.flows import FLOWS, PHONES, Flow, events
from tests.crash.fuse import Crash, Fuse, FusedChannel
from tests.household import Household, StillClock, open_household, settings_of

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""A process that dies closes none of its connections."""
FINAL = {"sent", "failed", "expired", "skipped", "uncertain"}
RESENT = {"reply", "safety", "enrolment", "confirmation", "alert"}
"""Kinds that may be read twice; every other leaves at most once."""


@dataclass
class Life:
    """What lies on disk and what the provider got, over all lives of the process."""

    settings: Settings
    words: Words
    clock: StillClock
    taken: list[Outgoing] = field(default_factory=list)

    @asynccontextmanager
    async def begin(self, fuse: Fuse) -> AsyncIterator[Household]:
        """One life, over the same files."""
        async with open_household(self.settings, self.words, self.clock) as home:
            for name in PHONES:
                home.add_phone(name)
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
class Outcome:
    """All that the flow left behind, without ids."""

    deliveries: Counter[tuple[str, str]]
    """By kind and template."""
    ends: frozenset[str]
    planned: tuple[str, ...]
    doses: Counter[str]
    answers: Counter[str]
    cases: Counter[str]
    entries: Counter[str]
    facts: Counter[str]
    people: Counter[str]


async def outcome(home: Household) -> Outcome:
    async with home.house.store.read() as tx:
        session = tx.outbox._session
        rows = (await session.scalars(select(DeliveryRow))).all()
        doses = (await session.scalars(select(col(DoseLogRow.answer)))).all()
        answers = (await session.scalars(select(col(AnswerRow.question)))).all()
        cases = (await session.scalars(select(col(EscalationRow.category)))).all()
        entries = (await session.scalars(select(col(EscalationEntryRow.kind)))).all()
        facts = (await session.scalars(select(col(FactRow.kind)))).all()
        people = await tx.people.patients(home.clinic_id)
        now, around = home.clock.now(), timedelta(days=1)
        found = [
            occurrence
            for person in people
            for occurrence in await tx.plan.occurrences(
                person.id, after=now - around, until=now + around
            )
        ]
    return Outcome(
        deliveries=Counter((row.kind, row.template) for row in rows),
        ends=frozenset(row.state for row in rows),
        planned=tuple(f"{o.reminder} {o.state}" for o in found),
        doses=Counter(doses),
        answers=Counter(answers),
        cases=Counter(cases),
        entries=Counter(entries),
        facts=Counter(facts),
        people=Counter(person.status.value for person in people),
    )


# --- the tests


async def prepare(flow: Flow, words: Words, folder: Path, template: Path) -> timedelta:
    """A patient who joined earlier, up to where the flow begins; how far the clock went."""
    events.clear()
    shutil.copytree(template, folder)
    clock = StillClock()
    async with open_household(settings_of(folder), words, clock) as home:
        await flow.prepared(home)
    return clock.offset


async def live(
    flow: Flow, words: Words, start: tuple[Path, timedelta], folder: Path, *, crash_at: int | None
) -> tuple[Outcome, list[Outgoing], Fuse]:
    """The flow with a crash at one step, and everything after the restart."""
    events.clear()
    shutil.copytree(start[0], folder)
    clock = StillClock()
    clock.offset = start[1]
    life = Life(settings=settings_of(folder), words=words, clock=clock)
    fuse = Fuse(crash_at)
    async with life.begin(fuse) as home:
        try:
            await flow.happens(home)
        except (Crash, BaseExceptionGroup):
            assert fuse.is_blown
    async with life.begin(Fuse()) as home:
        await flow.again(home)
        await home.engine.advance(home.clock.now() + timedelta(minutes=1))
        left = await outcome(home)
        await home.engine.advance(home.clock.now() + timedelta(minutes=15))  # now it is sealed
        account = await home.house.ledger.verify(home.clinic_id)
        assert account.closes, account.findings
        assert account.sealed >= sum(left.deliveries.values())
        return left, life.taken, fuse


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
async def test_a_crash_at_any_step_loses_and_doubles_nothing(
    flow: Flow, words: Words, sqlite_template: Path, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    start = (begun, await prepare(flow, words, begun, sqlite_template))
    whole, sent, fuse = await live(flow, words, start, tmp_path / "whole", crash_at=None)
    assert whole.ends <= FINAL
    assert len(sent) == len({message.delivery_id for message in sent})
    known = await deliveries(tmp_path / "whole", words, clock_of(start))
    expected = Counter(known[message.delivery_id].message for message in sent)
    assert len(fuse.steps) >= 2
    for number, step in enumerate(fuse.steps, start=1):
        folder = tmp_path / f"crash-{number}"
        after, taken, _ = await live(flow, words, start, folder, crash_at=number)
        where = f"{flow.name}: crash {step}, step {number} of {len(fuse.steps)}"
        assert after.ends <= FINAL, where
        assert replace(after, ends=whole.ends) == whole, where
        check_sends(await deliveries(folder, words, clock_of(start)), expected, taken, where)
        shutil.rmtree(folder)


def clock_of(start: tuple[Path, timedelta]) -> StillClock:
    clock = StillClock()
    clock.offset = start[1]
    return clock


@dataclass(frozen=True, kw_only=True)
class Known:
    """A delivery as the rows tell of it; `message` is the same in every run."""

    kind: str
    state: str
    message: tuple[str, str]
    """Where it went, and by which template: the words of an alert hold a code of its own."""


async def deliveries(folder: Path, words: Words, clock: StillClock) -> dict[str, Known]:
    """Every delivery by its id."""
    async with (
        open_household(settings_of(folder), words, clock) as home,
        home.house.store.read() as tx,
    ):
        rows = (await tx.outbox._session.scalars(select(DeliveryRow))).all()
    return {
        row.id: Known(kind=row.kind, state=row.state, message=(row.address_index, row.template))
        for row in rows
    }


def check_sends(
    known: dict[str, Known],
    expected: Counter[tuple[str, str]],
    taken: list[Outgoing],
    where: str,
) -> None:
    """Every message of the undisturbed run arrived, or is known as uncertain; few came twice."""
    times = Counter(message.delivery_id for message in taken)
    for delivery_id, number in times.items():
        kind = known[delivery_id].kind
        assert number <= (2 if kind in RESENT else 1), f"{where}: {kind} left {number} times"
    got = Counter(known[delivery_id].message for delivery_id in times)
    uncertain = Counter(one.message for one in known.values() if one.state == "uncertain")
    resent = [one.kind for one in known.values() if one.state == "uncertain"]
    assert not set(resent) & RESENT, f"{where}: {resent} should have been resent"
    assert not expected - got - uncertain, f"{where}: lost {expected - got - uncertain}"
    assert not got - expected, f"{where}: {got - expected} came from nowhere"
