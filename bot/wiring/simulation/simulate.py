"""How does a simulated patient live through a whole course?"""

import asyncio
import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import count
from typing import cast

from bot.content.campaigns import LoadedCampaign
from bot.domain.behaviour import Deed, Happening, Person, Write
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import DOSE_REMINDER
from bot.domain.patient import FactKind
from bot.domain.schedule import instant
from bot.domain.simulated_clinic import entry_today
from bot.domain.simulation import (
    CourseRequest,
    SimulatedCase,
    SimulatedDeed,
    SimulatedDose,
    Simulation,
    Verdict,
)
from bot.ports.channel import Channel as ChannelPort
from bot.store.memory import MemoryStore
from bot.wiring.simulation.acts import (
    Act,
    Block,
    ChangeNumber,
    CloseAlerts,
    Join,
    Record,
    TakeAlerts,
    perform,
    said,
)
from bot.wiring.simulation.course import standing, steps_of
from bot.wiring.simulation.listener import Arrival, Listener, Reasons
from bot.wiring.simulation.screen import Screen
from bot.wiring.simulation.stage import (
    Stage,
    StillClock,
    let_out,
    memory_house,
    settle_in,
    simulator_of,
)
from bot.wiring.simulation.verdict import Check
from bot.wiring.words import Words

_NURSE_SEES = timedelta(minutes=4)
_NURSE_SPEAKS = timedelta(minutes=25)
_CLINIC_ENTERS = time(16, 30)
"""After the messages of the day, so that a patient is reminded of what is then done."""
_BETWEEN_ENTRIES = timedelta(minutes=5)
_PREGNANCY_ENTERED = timedelta(minutes=40)
_CODE_ARRIVES = timedelta(hours=2)
"""Between the lost phone and the clinic's fresh code."""
_CAPSULE_IS_SETTLED = ("dose-taken", "dose-not-today", "checkin-done")
_ANSWERED_AT_MOST = 24
"""Nobody goes on answering questions of one day that are asked again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicLooks:
    """The clinic looks what can be entered today; what it enters is an act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One act as it was carried out, to be carried out again elsewhere."""

    at: datetime
    act: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A simulation, with the acts that can be played again."""

    simulation: Simulation
    acts: Sequence[Done]


def simulate(
    request: CourseRequest, words: Words, *, campaigns: Sequence[LoadedCampaign] = ()
) -> Simulation:
    """The whole course as it is lived; takes about a second, so not in an event loop."""
    return asyncio.run(live(request, words, campaigns=campaigns)).simulation


async def live(
    request: CourseRequest, words: Words, *, campaigns: Sequence[LoadedCampaign] = ()
) -> Lived:
    """The whole course, and the acts that lead through it.

    The clinic has let out `campaigns` before the patient joined. Raises whatever went wrong inside
    a service: a simulation hides nothing behind a second try.
    """
    stage, store, listeners = await _set_stage(request, words)
    await let_out(stage, campaigns)
    await settle_in(stage, request)
    return await Life(request, stage, store, listeners).run()


async def _set_stage(
    request: CourseRequest, words: Words
) -> tuple[Stage, MemoryStore, Sequence[Listener]]:
    house, store, clinic_id, senders = await memory_house(request, words)
    simulator = simulator_of(house, senders)
    listeners = {
        sender.id: Listener(
            inner=simulator.channel(sender.channel), store=store, now=house.clock.now
        )
        for sender in senders
    }
    channels: dict[str, ChannelPort] = dict(listeners.items())
    stage = Stage(
        house=house,
        engine=house.engine(channels, senders),
        clock=house.clock,
        simulator=simulator,
        clinic_id=clinic_id,
        senders=senders,
        channel=request.channel,
        phones=["phone-1"],
    )
    return stage, store, tuple(listeners.values())


@dataclass(order=True, slots=True)
class _Waiting:
    """An act that lies ahead."""

    at: datetime
    number: int
    act: Act | ClinicLooks = field(compare=False)
    subject: str = field(default="", compare=False)
    """What it answers; something newer on the same subject takes its place."""


class Life:
    """One simulated patient, from joining to the end of what is simulated."""

    def __init__(
        self,
        request: CourseRequest,
        stage: Stage,
        store: MemoryStore,
        listeners: Sequence[Listener],
    ) -> None:
        """The patient has settled in on `stage`."""
        self._request = request
        self._stage = stage
        self._store = store
        self._listeners = listeners
        self._person = Person(behaviour=request.behaviour, lines=request.lines, seed=request.seed)
        self._clock = cast("StillClock", stage.clock)
        self._screen = Screen(
            stage.house.content, language=request.language, channel=request.channel
        )
        self._check = Check()
        self._numbers = count(1)
        self._ahead: list[_Waiting] = []
        self._done: list[Done] = []
        self._asked_on: list[date] = []
        self._arrivals: list[Arrival] = []
        for event in request.behaviour.events:
            self._expect(event)

    async def run(self) -> Lived:
        """Everything until the end, in the order in which it happens."""
        began, ends = self._clock.now(), self._request.ends_at
        planned_on: date | None = None
        while (now := self._clock.now()) < ends:
            today = now.astimezone(self._request.zone).date()
            if today != planned_on:
                planned_on = today
                await self._stage.house.planner.plan_all()
                enters_at = instant(today, _CLINIC_ENTERS, self._request.zone)
                self._ahead_at(max(now, enters_at), ClinicLooks())
            await self._act()
            acts_at = self._ahead[0].at if self._ahead else ends
            self._clock.move(min(ends, acts_at, await self._stage.engine.next_moment()))
        await self._settle()
        return Lived(simulation=await self._told(began), acts=tuple(self._done))

    async def _settle(self) -> None:
        """Everything that is due now, and what the people make of it."""
        await self._stage.engine.settle()
        if self._store.failures:
            raise self._store.failures[0]
        for listener in self._listeners:
            for arrival in listener.arrivals:
                self._hear(arrival)
            listener.arrivals.clear()

    async def _act(self) -> None:
        """What people do now, one after the other, each with all that follows from it."""
        is_settled = False
        while self._ahead and self._ahead[0].at <= self._clock.now():
            waiting = heapq.heappop(self._ahead)
            if isinstance(waiting.act, ClinicLooks):
                await self._enter()
            elif await perform(self._stage, waiting.act):
                self._done.append(Done(at=self._clock.now(), act=waiting.act))
                await self._settle()
                is_settled = True
        if not is_settled:
            await self._settle()

    async def _enter(self) -> None:
        """The clinic enters the next thing that it can; a little later it looks again."""
        now = await standing(self._stage)
        if now is None:
            return
        self._check.look(now.seen, now.facts, now.planned, now.zone)
        missed = self._request.behaviour.missed_windows
        entry = entry_today(now.seen, now.closed, missed_windows=missed)
        if entry is not None:
            record = Record(word=entry.step, facts=((FactKind.EVIDENCE, entry.value),))
            self._wait(_BETWEEN_ENTRIES, record)
            self._wait(2 * _BETWEEN_ENTRIES, ClinicLooks())

    def _hear(self, arrival: Arrival) -> None:
        delivery = arrival.delivery
        if delivery.kind is MessageKind.ALERT:
            self._wait(_NURSE_SEES, TakeAlerts())
            self._wait(_NURSE_SPEAKS, CloseAlerts())
            return
        self._arrivals.append(arrival)
        today = arrival.at.astimezone(self._request.zone).date()
        if delivery.template in _CAPSULE_IS_SETTLED:
            self._drop("capsule")
        heard = self._screen.heard(delivery, day=(today - self._request.first_day).days)
        if heard.is_about_day:
            self._drop("day")
            self._asked_on.append(today)
            if self._asked_on.count(today) > _ANSWERED_AT_MOST:
                return
        subject = "day" if heard.is_about_day else "capsule"
        for after, move in self._person.answers(heard):
            self._wait(after, move, subject)

    def _drop(self, subject: str) -> None:
        """The person no longer means to say what has been overtaken."""
        self._ahead = [one for one in self._ahead if one.subject != subject]
        heapq.heapify(self._ahead)

    def _wait(self, after: timedelta, act: Act | ClinicLooks, subject: str = "") -> None:
        self._ahead_at(self._clock.now() + after, act, subject)

    def _ahead_at(self, at: datetime, act: Act | ClinicLooks, subject: str = "") -> None:
        heapq.heappush(self._ahead, _Waiting(at, next(self._numbers), act, subject))

    def _expect(self, event: Happening) -> None:
        day = self._request.first_day + timedelta(days=event.day)
        at = instant(day, event.at, self._request.zone)
        for after, act in _acts_of(event, day, self._person):
            self._ahead_at(at + after, act)

    async def _told(self, began: datetime) -> Simulation:
        records, zone = self._store.records, self._request.zone
        facts = await records.people.facts(self._stage.patient_id)
        reasons = Reasons(self._store, facts)
        doses = [one for one in records.plan.all() if one.reminder == DOSE_REMINDER]
        return Simulation(
            request=self._request,
            began_at=began.astimezone(zone),
            ended_at=self._clock.now().astimezone(zone),
            messages=[reasons.described(one) for one in self._arrivals],
            deeds=[_deed(done, zone) for done in self._done],
            cases=[
                SimulatedCase(
                    at=case.opened_at.astimezone(zone),
                    category=case.category,
                    urgency=case.urgency.value,
                )
                for case in records.cases.cases.values()
            ],
            doses=[
                SimulatedDose(day=one.local_day, slot=one.slot, state=one.state.value)
                for one in sorted(doses, key=lambda one: one.due_at)
            ],
            facts=facts,
            steps=await steps_of(self._stage),
            verdict=Verdict(findings=tuple(self._check.findings)),
        )


def _deed(done: Done, zone: tzinfo) -> SimulatedDeed:
    by, what = said(done.act)
    return SimulatedDeed(at=done.at.astimezone(zone), by=by, what=what)


def _acts_of(event: Happening, on: date, person: Person) -> list[tuple[timedelta, Act]]:
    """What a person does by themselves, each with the time after the hour of the event."""
    lines, at_once = person.lines, timedelta(0)
    match event.does:
        case Deed.ASK:
            return [(at_once, Write(text=lines.asks[event.line % len(lines.asks)]))]
        case Deed.BLOCK:
            return [(at_once, Block(stop_word=lines.stop))]
        case Deed.CHANGE_NUMBER:
            return [(at_once, ChangeNumber()), (_CODE_ARRIVES, Join())]
        case Deed.MOVE:
            moved = Record(word="moved", facts=((FactKind.ZONE, {"zone": event.zone}),))
            return [(at_once, moved)]
        case Deed.STOP:
            return [(at_once, Write(text=lines.stop))]
        case Deed.START:
            return [(at_once, Write(text=lines.start))]
        case Deed.TELL_PREGNANT:
            told = evidence_fact(EvidenceName.PREGNANCY_REPORTED, on, EvidenceSource.CLINIC)
            entered = Record(word="pregnancy-reported", facts=((FactKind.EVIDENCE, told),))
            return [(at_once, Write(text=lines.pregnant)), (_PREGNANCY_ENTERED, entered)]
