"""Is an alert raised once, and does it reach staff, wherever the program is killed?

Two ways of dying: a process that is really killed while it works, and one that stops at each of
its commits and sends in turn.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.domain.delivery import Outgoing
from bot.domain.identity import Channel
from bot.domain.message_kind import MessageKind
from bot.ports.channel import Capabilities
from bot.settings import Settings
from bot.store.tables import DeliveryRow, EscalationRow
from bot.wiring.words import Words
from tests.household import Household, StillClock, open_household

DANGER = "I want to kill myself"
WITHIN = timedelta(seconds=30)
NURSE = "+15550100777"
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""A process that dies closes none of its connections."""
MOMENTS = 12
"""Commits and sends from the message to the delivered alert."""


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, not even its clean-up."""


class Life:
    """How many more commits and sends the process lives."""

    def __init__(self, moments: int) -> None:
        self.moments = moments

    def pass_moment(self) -> None:
        self.moments -= 1
        if self.moments < 0:
            raise Killed


class Provider:
    """Takes messages as long as it is asked to; what it took survives the process."""

    capabilities = Capabilities(has_buttons=False, can_edit=False, text_limit=1_600)

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []
        self.life = Life(10_000)

    async def send(self, message: Outgoing) -> str:
        self.life.pass_moment()
        self.taken.append(message)
        self.life.pass_moment()
        return f"provider-{len(self.taken)}"


async def hire(home: Household) -> None:
    staffing = home.house.staffing
    await staffing.add(home.clinic_id, name="Dana Lead", role="lead", by="test")
    await staffing.add_contact(
        home.clinic_id,
        name="Dana Lead",
        channel=Channel.SMS,
        value=NURSE,
        language="en",
        is_shared=False,
        by="test",
    )


@asynccontextmanager
async def mortal(home: Household, life: Life) -> AsyncIterator[None]:
    """Every commit of this house may be the last thing that it does, or the first it did not do."""
    store = home.house.store
    whole = store.unit_of_work

    @asynccontextmanager
    async def until_killed() -> AsyncIterator[Any]:
        async with whole() as tx:
            yield tx
            life.pass_moment()
        life.pass_moment()

    store.unit_of_work = until_killed  # type: ignore[method-assign]  # this is the experiment
    try:
        yield
    finally:
        store.unit_of_work = whole  # type: ignore[method-assign]


async def live(home: Household, provider: Provider) -> None:
    senders = home.lines.senders
    engine = home.house.engine({sender.id: provider for sender in senders}, senders)
    await engine.settle()


async def _rows(home: Household) -> tuple[list[EscalationRow], list[DeliveryRow]]:
    async with home.house.store.read() as tx:
        session = tx.cases._session
        cases = await session.scalars(select(EscalationRow))
        notices = await session.scalars(
            select(DeliveryRow).where(col(DeliveryRow.kind) == MessageKind.ALERT.value)
        )
        return list(cases), list(notices)


async def _die_after(settings: Settings, words: Words, moments: int) -> bool:
    """Whether the process was killed; then a second one must have brought the alert through."""
    clock, provider = StillClock(), Provider()
    async with open_household(settings, words, clock) as home:
        await hire(home)
        await home.settle_in("ada", channel=Channel.SMS)
        await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, DANGER))
        provider.life = life = Life(moments)
        was_killed = False
        try:
            async with mortal(home, life):
                await live(home, provider)
        except BaseExceptionGroup as several:
            was_killed = several.split(Killed)[0] is not None
        except Killed:
            was_killed = True
    provider.life = Life(10_000)
    async with open_household(settings, words, clock) as again:
        clock.offset += WITHIN
        await live(again, provider)
        await live(again, provider)
        cases, notices = await _rows(again)
    assert [case.category for case in cases] == ["rf-suicide"], "raised once"
    assert [notice.cause.split(":")[-1] for notice in notices] == ["1"], "queued once"
    told = [message for message in provider.taken if message.address == NURSE]
    assert 1 <= len(told) <= 2, "delivered, and doubled only where nobody knows"
    return was_killed


@pytest.mark.parametrize("moments", range(MOMENTS))
async def test_killed_at_any_commit_or_send(settings: Settings, words: Words, moments: int) -> None:
    assert await _die_after(settings, words, moments)


async def test_the_experiment_reaches_its_end(sqlite_settings: Settings, words: Words) -> None:
    """The moments above are the whole way: with one more the work is done and nothing is killed."""
    assert not await _die_after(sqlite_settings, words, MOMENTS)


_CHILD = """
import asyncio, sys
from pathlib import Path
from tests.crash.test_alerts import run_child
asyncio.run(run_child(Path(sys.argv[1])))
"""


async def run_child(folder: Path) -> None:
    """Answer one message of danger and go on for ever; told to be killed in between."""
    from bot.content import load_content
    from bot.content.faq_library import load_library
    from bot.content.triage_library import load
    from bot.wiring.words import CONTENT
    from tests.fakes.reader import FewSentences
    from tests.household import settings_of

    triage = load(CONTENT / "triage")
    content = load_content(CONTENT, triage=triage, answers=load_library(CONTENT / "faq"))
    words = Words(content=content, triage=triage, reader=FewSentences())
    provider = Provider()
    async with open_household(settings_of(folder), words, StillClock()) as home:
        await hire(home)
        await home.settle_in("ada", channel=Channel.SMS)
        await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, DANGER))
        print("accepted", flush=True)  # noqa: T201  # the parent waits for it
        while True:
            await live(home, provider)
            await asyncio.sleep(0)


@pytest.mark.parametrize("after_ms", [0, 3, 10, 25, 60, 150])
async def test_kill_minus_nine(sqlite_settings: Settings, words: Words, after_ms: int) -> None:
    folder = sqlite_settings.data_dir
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _CHILD,
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert child.stdout is not None
    async with asyncio.timeout(60):
        while (line := await child.stdout.readline()) and b"accepted" not in line:
            pass
    await asyncio.sleep(after_ms / 1000)
    child.send_signal(signal.SIGKILL)
    await child.wait()
    clock, provider = StillClock(), Provider()
    async with open_household(sqlite_settings, words, clock) as home:
        clock.offset += WITHIN
        await live(home, provider)
        await live(home, provider)
        cases, notices = await _rows(home)
    assert [case.category for case in cases] == ["rf-suicide"]
    assert len(notices) == 1
    assert notices[0].state == "sent", "by the process that was killed, or by this one"
