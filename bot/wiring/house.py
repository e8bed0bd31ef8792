"""How do store, content and services come together?"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.charts.artist import Artist
from bot.charts.photo import Darkroom
from bot.clock import OffsetClock
from bot.content import Content
from bot.domain.identity import SenderId
from bot.domain.plan import PlanSource
from bot.engine.cluster import ClusterEngine, SenderDrain
from bot.engine.cluster_wake import ClusterWake
from bot.engine.jobs import Jobs
from bot.engine.local import LocalEngine, LocalWake
from bot.ids import TimeOrderedIds
from bot.memory import keep_loaded
from bot.ports.channel import Channel as ChannelPort
from bot.ports.clock import Ids
from bot.ports.house import Sender
from bot.ports.wake import Wake
from bot.secret import secret_of
from bot.services.album import Album
from bot.services.alert_answers import AlertAnswers
from bot.services.alerts import Alerts
from bot.services.codes import Codes
from bot.services.compose import Composer
from bot.services.course_watch import CourseWatch
from bot.services.door import Door
from bot.services.drain import Drain
from bot.services.drills import Drills
from bot.services.due import DueService
from bot.services.effects import Effects
from bot.services.escalations import Escalations
from bot.services.handoff_desk import HandoffDesk
from bot.services.holds import Holds
from bot.services.inbound import InboundService
from bot.services.ledger import LedgerService
from bot.services.outbox_desk import OutboxDesk
from bot.services.patients import Patients
from bot.services.photo_keeper import PhotoKeeper
from bot.services.planner import Planner
from bot.services.programme_desk import ProgrammeDesk
from bot.services.programme_facts import ProgrammeFacts
from bot.services.recorder import Recorder
from bot.services.reviews import Reviews
from bot.services.settling import Consequences
from bot.services.signed_texts import SignedTexts
from bot.services.staffing import Staffing
from bot.services.turns import Turns
from bot.services.upkeep import Upkeep
from bot.settings import Settings
from bot.store.keys import KeyStore
from bot.store.migrate import upgrade
from bot.store.queries import ConsoleQueries
from bot.store.sealing import Sealer
from bot.store.stories import SqlStories
from bot.store.unit_of_work import SqlStore, alone, libpq_url
from bot.wiring.campaigns import CampaignDesk, campaign_desk
from bot.wiring.clinic_desk import ClinicDesk, clinic_desk
from bot.wiring.databases import clock_offset, engines
from bot.wiring.planning import planning, signals
from bot.wiring.staff import FrontDesk, front_desk, staffing_of
from bot.wiring.ticks import Ticks
from bot.wiring.words import LazyReader, Words, load_words


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that is shared by the commands, the web and the engine."""

    settings: Settings
    words: Words
    store: SqlStore
    clock: OffsetClock
    real_clock: OffsetClock
    ids: Ids
    wake: LocalWake | ClusterWake
    inbound: InboundService
    due: DueService
    planner: Planner
    front: FrontDesk
    staffing: Staffing
    patients: Patients
    signed: SignedTexts
    campaigns: CampaignDesk
    programmes: ProgrammeDesk
    queries: ConsoleQueries | None
    """None in a simulation, which nobody looks at from a desk."""
    desk: ClinicDesk
    photos: PhotoKeeper

    @property
    def content(self) -> Content:
        """All words."""
        return self.words.content

    @property
    def alerts(self) -> Alerts:
        """Open alerts on their way to a person."""
        return self.front.alerts

    @property
    def alert_answers(self) -> AlertAnswers:
        """What staff say of alerts."""
        return self.front.answers

    @property
    def escalations(self) -> Escalations:
        """Safety checks that stay unanswered."""
        return Escalations(self.store, self.clock)

    @property
    def conversations(self) -> HandoffDesk:
        """Conversations that staff take over."""
        return HandoffDesk(self.store, self.front.handoffs, self.wake)

    @property
    def upkeep(self) -> Upkeep:
        """What is removed after its time."""
        return Upkeep(self.store, self.clock)

    @property
    def door(self) -> Door:
        """The way into the console."""
        return Door(self.store, self.real_clock, self.ids)

    @property
    def console(self) -> ConsoleQueries:
        """What the clinic sees."""
        assert self.queries is not None
        return self.queries

    @property
    def codes(self) -> Codes:
        """One-time codes of the staff."""
        return Codes(self.store, self.real_clock, self.ids)

    @property
    def programme_facts(self) -> ProgrammeFacts:
        """Which programme a patient follows, and which method they use."""
        return ProgrammeFacts(
            self.store,
            self.clock,
            self.planner,
            programmes=self.content.programmes,
            methods=self.content.methods,
        )

    @property
    def holds(self) -> Holds:
        """Holds that red flags began, ended by a named clinician."""
        return Holds(self.store, self.clock, self.planner)

    @property
    def reviews(self) -> Reviews:
        """Signing of texts and programmes."""
        return Reviews(
            self.store, self.real_clock, self.ids, content=self.content, signed=self.signed
        )

    @property
    def watch(self) -> CourseWatch:
        """What the clinic has to look at in its patients' programmes."""
        return CourseWatch(self.store, self.clock, self.ids, self.programmes)

    def load_reader(self) -> None:
        """Load the matchers now, in a thread, instead of at the first message."""
        if isinstance(self.words.reader, LazyReader):
            self.words.reader.load()
            keep_loaded()

    async def is_ready(self) -> bool:
        """Whether the database answers and has the tables of this version."""
        return await self.store.is_current()

    @property
    def stories(self) -> SqlStories:
        """What happened to one message."""
        return self.store.stories

    @property
    def outbox_desk(self) -> OutboxDesk:
        """What an operator may do with waiting messages."""
        return OutboxDesk(self.store, self.clock)

    @property
    def ledger(self) -> LedgerService:
        """The account of messages."""
        return LedgerService(self.store, self.clock)

    @property
    def drills(self) -> Drills:
        """Test alerts to staff."""
        return Drills(self.store, self.clock, self.ids, self.staffing)

    def engine(self, channels: Mapping[str, ChannelPort], senders: Sequence[Sender]) -> LocalEngine:
        """The engine of one process, with one drain for every sender that has a channel."""
        assert isinstance(self.wake, LocalWake)
        drains = [one.drain for one in self._drains(channels, senders).values()]
        ticks = Ticks(house=self)
        return LocalEngine(self.store, self.clock, ticks, drains=drains, wake=self.wake)

    def worker(
        self,
        channels: Mapping[str, ChannelPort],
        senders: Sequence[Sender],
        *,
        is_answering: bool = True,
    ) -> ClusterEngine:
        """One worker of the cluster, which can send for every sender that has a channel."""
        assert isinstance(self.wake, ClusterWake)
        return ClusterEngine(
            self.store,
            self.clock,
            Ticks(house=self),
            drains=self._drains(channels, senders),
            jobs=self.wake.jobs,
            wake=self.wake,
            is_answering=is_answering,
        )

    def connect_routes(self, channels: Mapping[str, ChannelPort]) -> None:
        """From now on staff are written to through these senders."""
        self.alerts.routes.connect(SenderId(sender) for sender in channels)
        self.photos.connect(channels)

    def _drains(
        self, channels: Mapping[str, ChannelPort], senders: Sequence[Sender]
    ) -> dict[SenderId, SenderDrain]:
        connected = [sender for sender in senders if sender.id in channels]
        recorder = Recorder(self.store, self.clock, self.front.fallback)
        consequences = Consequences(self.front.fallback)
        artist = Artist(self.content.said)
        photos = Album(self.store, Darkroom())
        self.connect_routes(channels)
        return {
            sender.id: SenderDrain(
                drain=Drain(
                    self.store,
                    self.clock,
                    sender_id=sender.id,
                    channel=channels[sender.id],
                    pace_per_second=sender.pace_per_second,
                    recorder=recorder,
                    consequences=consequences,
                    artist=artist,
                    photos=photos,
                ),
                pace_per_second=sender.pace_per_second,
            )
            for sender in connected
        }


@asynccontextmanager
async def open_house(
    settings: Settings, *, words: Words | None = None, clock: OffsetClock | None = None
) -> AsyncIterator[House]:
    """The house over a migrated database; connections are closed when the context ends.

    `words` spares loading them again where many houses are opened; `clock` replaces patient time.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    writer, reader, key_engine = engines(settings)
    ids = TimeOrderedIds()
    real_clock = OffsetClock()
    keys = KeyStore(key_engine, secret_of(settings))
    sealer = Sealer(keys)
    store = SqlStore(writer, reader, sealer, ids)
    try:
        async with alone(writer):
            await upgrade(writer)
            await keys.open(real_clock.now())
        if clock is None:
            clock = OffsetClock(
                await clock_offset(store) if settings.may_move_clock else timedelta(0)
            )
        house = furnish(
            settings,
            store,
            clock,
            real_clock,
            ids=ids,
            words=words or load_words(settings),
            queries=ConsoleQueries(reader, sealer, ids),
        )
        await house.signed.refresh(store)
        await house.campaigns.book.refresh(store)
        await house.programmes.refresh(store)
        yield house
    finally:
        await store.close()
        await key_engine.dispose()


def furnish(
    settings: Settings,
    store: SqlStore,
    clock: OffsetClock,
    real_clock: OffsetClock,
    *,
    ids: Ids,
    words: Words,
    queries: ConsoleQueries | None = None,
    sources: Sequence[PlanSource] = (),
) -> House:
    """All services over `store`; `sources` plan messages besides those of every house."""
    rules, wake = dict(words.triage.rules), _wake(settings, store, clock)
    reading, (signed, programmes, planner) = planning(
        settings, store, clock=clock, ids=ids, content=words.content, sources=sources
    )
    book, notices_of = reading
    composer = Composer(words.content, signed, book)
    effects = Effects(composer, planner, ids, rules, signals(words.content))
    turns = Turns(words.content, ids, rules, signed, notices_of, planner)
    front = front_desk(
        (store, clock, ids), words, composer=composer, effects=effects, wake=wake, settings=settings
    )
    staffing, reaches = staffing_of(settings, store, real_clock, ids)
    return House(
        settings=settings,
        words=words,
        store=store,
        clock=clock,
        real_clock=real_clock,
        ids=ids,
        wake=wake,
        inbound=_inbound(store, clock, words, front, turns=turns, effects=effects, wake=wake),
        due=DueService(
            store, clock, ids, turns=turns, effects=effects, wake=wake, campaigns=notices_of
        ),
        campaigns=campaign_desk((store, clock, ids), reading, words, signed, planner, settings),
        planner=planner,
        front=front,
        staffing=staffing,
        patients=Patients(store, clock, ids, planner, signed, reaches=reaches),
        signed=signed,
        programmes=programmes,
        queries=queries,
        desk=clinic_desk(store, clock, ids, planner, effects, words=words),
        photos=PhotoKeeper(store, clock, effects=effects, darkroom=Darkroom(), wake=wake),
    )


def _inbound(
    store: SqlStore,
    clock: OffsetClock,
    words: Words,
    front: FrontDesk,
    *,
    turns: Turns,
    effects: Effects,
    wake: Wake,
) -> InboundService:
    """The way in, for patients and for staff who answer them or an alert."""
    return InboundService(
        store,
        clock,
        turns=turns,
        effects=effects,
        reader=words.reader,
        wake=wake,
        staff=front.replies,
        alerts=front.answers,
        handoffs=front.handoffs,
        fallback=front.fallback,
    )


def _wake(settings: Settings, store: SqlStore, clock: OffsetClock) -> LocalWake | ClusterWake:
    """Who is told of work; with many processes, over the queue that they share."""
    if settings.engine == "local":
        return LocalWake()
    assert settings.database_url is not None
    jobs = Jobs(libpq_url(settings.database_url.get_secret_value()))
    return ClusterWake(store, clock, jobs)
