"""How do store, content and services come together?"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import OffsetClock
from bot.content import Content, load_content
from bot.content.triage_library import TriageLibrary
from bot.engine.local import CLOCK_OFFSET, LocalEngine, LocalWake
from bot.ids import TimeOrderedIds
from bot.ports.channel import Channel as ChannelPort
from bot.ports.house import Sender
from bot.reader import Reader, load_reader
from bot.secret import secret_of
from bot.services.compose import Composer
from bot.services.door import Door
from bot.services.drain import Drain
from bot.services.due import DueService
from bot.services.effects import Effects
from bot.services.escalations import Escalations
from bot.services.inbound import InboundService
from bot.services.patients import Patients
from bot.services.planner import Planner
from bot.services.turns import Turns
from bot.services.upkeep import Upkeep
from bot.settings import Settings
from bot.store.keys import KeyStore
from bot.store.migrate import upgrade
from bot.store.queries import ConsoleQueries
from bot.store.sealing import Sealer
from bot.store.unit_of_work import SqlStore, postgres_engine, sqlite_engine

CONTENT = Path(__file__).parents[2] / "content"
_DATABASE = "balm.db"
_KEYS = "keys.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that is shared by the commands, the web and the engine."""

    settings: Settings
    store: SqlStore
    clock: OffsetClock
    real_clock: OffsetClock
    ids: TimeOrderedIds
    content: Content
    wake: LocalWake
    inbound: InboundService
    due: DueService
    planner: Planner
    escalations: Escalations
    upkeep: Upkeep
    patients: Patients
    door: Door
    console: ConsoleQueries

    async def is_ready(self) -> bool:
        """Whether the database answers and has the tables of this version."""
        return await self.store.is_current()

    def engine(self, channels: Mapping[str, ChannelPort], senders: Sequence[Sender]) -> LocalEngine:
        """The engine with one drain for every sender that has a channel, by sender id."""
        drains = [
            Drain(
                self.store,
                self.clock,
                sender_id=sender.id,
                channel=channels[sender.id],
                pace_per_second=sender.pace_per_second,
            )
            for sender in senders
            if sender.id in channels
        ]
        ticks = _Ticks(house=self)
        return LocalEngine(self.store, self.clock, ticks, drains=drains, wake=self.wake)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ticks:
    house: House

    async def plan(self) -> object:
        return await self.house.planner.plan_all()

    async def due(self) -> int:
        return await self.house.due.run()

    async def answer(self) -> bool:
        return await self.house.inbound.answer_next()

    async def escalate(self) -> object:
        return await self.house.escalations.run()

    async def upkeep(self) -> None:
        await self.house.upkeep.run()


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """The house over a migrated database; connections are closed when the context ends."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    writer, reader, key_engine = _engines(settings)
    ids = TimeOrderedIds()
    real_clock = OffsetClock()
    await upgrade(writer)
    keys = KeyStore(key_engine, secret_of(settings))
    await keys.open(real_clock.now())
    sealer = Sealer(keys)
    store = SqlStore(writer, reader, sealer, ids)
    try:
        clock = OffsetClock(await _offset(store) if settings.may_move_clock else timedelta(0))
        faq, triage, text_reader = load_reader(
            CONTENT,
            cache=settings.data_dir / "cache",
            semantic_model=settings.semantic_model_dir,
        )
        yield _house(
            settings,
            store,
            clock,
            real_clock,
            ids=ids,
            content=load_content(CONTENT, triage=triage, answers=faq),
            triage=triage,
            text_reader=text_reader,
            console=ConsoleQueries(reader, sealer, ids),
        )
    finally:
        await store.close()
        await key_engine.dispose()


def _house(
    settings: Settings,
    store: SqlStore,
    clock: OffsetClock,
    real_clock: OffsetClock,
    *,
    ids: TimeOrderedIds,
    content: Content,
    triage: TriageLibrary,
    text_reader: Reader,
    console: ConsoleQueries,
) -> House:
    rules = dict(triage.rules)
    wake = LocalWake()
    planner = Planner(store, clock, ids)
    effects = Effects(Composer(content), planner, ids, rules)
    turns = Turns(content, ids, rules)
    return House(
        settings=settings,
        store=store,
        clock=clock,
        real_clock=real_clock,
        ids=ids,
        content=content,
        wake=wake,
        inbound=InboundService(
            store, clock, turns=turns, effects=effects, reader=text_reader, wake=wake
        ),
        due=DueService(store, clock, ids, turns=turns, effects=effects, wake=wake),
        planner=planner,
        escalations=Escalations(store, clock),
        upkeep=Upkeep(store, clock),
        patients=Patients(store, clock, ids, planner),
        door=Door(store, real_clock, ids),
        console=console,
    )


def _engines(settings: Settings) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """Writer, reader, keys."""
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        if url.startswith("postgres"):
            engine = postgres_engine(url)
            return engine, engine, postgres_engine(url)
        path = Path(url.removeprefix("sqlite+aiosqlite:///").removeprefix("sqlite:///"))
        return sqlite_engine(path), sqlite_engine(path, query_only=True), _keys(path.parent)
    path = settings.data_dir / _DATABASE
    reader = sqlite_engine(path, query_only=True)
    return sqlite_engine(path), reader, _keys(settings.data_dir)


def _keys(folder: Path) -> AsyncEngine:
    return sqlite_engine(folder / _KEYS)


async def _offset(store: SqlStore) -> timedelta:
    async with store.read() as tx:
        seconds = await tx.house.setting(CLOCK_OFFSET)
    return timedelta(seconds=float(seconds or 0))
