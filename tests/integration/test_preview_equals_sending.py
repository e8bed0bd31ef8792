"""Is what a preview shows, message for message, what the house then sends?"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.content.behaviours import load_behaviours
from bot.content.campaigns import LoadedCampaign, load_campaign
from bot.domain.identity import Channel
from bot.domain.patient import FactKind, FactValue
from bot.domain.schedule import SlotTime
from bot.domain.simulation import CourseRequest
from bot.wiring.simulation.listener import Listener
from bot.wiring.simulation.stage import (
    Stage,
    StillClock,
    let_out,
    memory_house,
    record,
    settle_in,
    simulator_of,
)
from bot.wiring.words import CONTENT, Words

CAST = load_behaviours(CONTENT / "behaviours.yaml")
A_DAY = timedelta(days=1)
LIVED = 30 * A_DAY
Told = tuple[datetime, str]
"""When it left, and its words."""
Event = tuple[FactKind, FactValue]

HOURS = ("08:20", "11:20", "13:20", "15:20", "18:20", "23:20")
"""Away from doses and check-ins, whose open questions a message would wait for; one is quiet."""
WHENS = (
    "{{anchor: first-capsule, days: {n}, at: {at}}}",
    "{{anchor: enrolment, days: {n}, at: {at}}}",
    "{{anchor: first-capsule, weeks: 1, weekday: friday, at: {at}}}",
    "{{anchor: first-capsule, months: 1, days: -{n}, at: {at}}}",
    "{{anchor: last-capsule, days: -{n}, at: {at}}}",
    '{{repeat: "FREQ=DAILY;INTERVAL=3", from: first-capsule, until: last-capsule, at: {at}}}',
    '{{repeat: "FREQ=WEEKLY;BYDAY=TU,SA", from: enrolment, at: {at}}}',
    '{{repeat: "FREQ=MONTHLY;BYMONTHDAY=28,31", from: enrolment, at: {at}}}',
    "{{date: 2027-03-28, at: {at}}}",
)
TEXTS = """
      en: {chat: "Step STEP, day {{ day }}.", sms: "SMS STEP, week {{ week }}.", discreet: "Note."}
      es: {chat: "Paso STEP, día {{ day }}.", sms: "SMS de STEP.", discreet: "Nota."}
      hi: {chat: "चरण STEP, दिन {{ day }}.", sms: "STEP.", discreet: "संदेश."}
"""
BUTTONS = """
    buttons:
      - id: fine
        does: thank
        label: {en: All good, es: Todo bien, hi: सब ठीक}
        reply: {en: Thank you, es: Gracias, hi: धन्यवाद}
"""
ZONES = ("America/New_York", "Europe/Madrid", "Asia/Kolkata", "Pacific/Auckland")
EVENTS: Sequence[Event] = (
    (FactKind.ZONE, {"zone": "Europe/London"}),
    (FactKind.ZONE, {"zone": "America/Los_Angeles"}),
    (FactKind.LANGUAGE, {"language": "es"}),
    (FactKind.HOLD, {"category": "rf-severe-skin"}),
    (FactKind.DOSING_STOPPED, {"stopped": True}),
    (FactKind.CATEGORY, {"category": "cannot-become-pregnant"}),
    (FactKind.PAUSE, {"kind": "learning", "until": "2027-03-30T12:00:00+00:00"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A campaign, somebody whom it speaks to, and what happens to them on which day."""

    campaign: str
    zone: str
    language: str
    channel: Channel
    shares_phone: bool
    events: Sequence[tuple[int, Event]]


@st.composite
def campaigns(draw: st.DrawFn) -> str:
    hours = draw(st.lists(st.sampled_from(HOURS), min_size=1, max_size=3, unique=True))
    lines = [
        "id: made-up",
        "name: Made up",
        f"purpose: {draw(st.sampled_from(['learning', 'survey', 'visit', 'refill']))}",
        "audience: "
        + draw(
            st.sampled_from(
                [
                    "everybody",
                    "stage is during",
                    "week <= 2 or stage is before",
                    "language is en and hold is no",
                    "not stopped-taking is yes",
                    "category is can-become-pregnant",
                ]
            )
        ),
        f"mode: {draw(st.sampled_from(['hold', 'skip', 'interrupt']))}",
        "budget: free",
    ]
    if draw(st.booleans()):
        lines.append(f"ends: 2027-03-{draw(st.integers(10, 31))}")
    lines.append("steps:")
    for number, at in enumerate(hours):
        when = draw(st.sampled_from(WHENS)).format(n=draw(st.integers(0, 12)), at=f'"{at}"')
        name = f"step-{number}"
        lines += [f"  - id: {name}", f"    when: {when}"]
        lines.append(f"    valid_for: {draw(st.sampled_from(['3 hours', '12 hours', '2 days']))}")
        if draw(st.booleans()):
            lines.append("    until: hold is yes")
        lines.append("    message:" + TEXTS.replace("STEP", name).rstrip())
        if draw(st.booleans()):
            lines.append(BUTTONS.strip("\n"))
            if draw(st.booleans()):
                lines += [f"    wait:\n      for: {draw(st.sampled_from([95, 145]))} minutes"]
                again = TEXTS.replace("STEP", f"{name} again").replace("\n      ", "\n        ")
                lines.append("      message:" + again.rstrip())
    return "\n".join(lines) + "\n"


def stories() -> st.SearchStrategy[Story]:
    events = st.tuples(st.integers(1, 28), st.sampled_from(EVENTS))
    return st.builds(
        Story,
        campaign=campaigns(),
        zone=st.sampled_from(ZONES),
        language=st.sampled_from(["en", "es", "hi"]),
        channel=st.sampled_from([Channel.TELEGRAM, Channel.SMS]),
        shares_phone=st.booleans(),
        events=st.lists(events, max_size=3, unique_by=lambda event: event[0]).map(sorted_by_day),
    )


def sorted_by_day(events: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
    return sorted(events, key=lambda event: event[0])


def request(story: Story) -> CourseRequest:
    return CourseRequest(
        programme="none",
        category="can-become-pregnant",
        first_day=date(2027, 3, 4),
        weeks=4,
        zone=ZoneInfo(story.zone),
        slots=(SlotTime(slot="daily", at=time(5, 30)),),
        dose="40 mg",
        behaviour=CAST.behaviours["silent"],
        lines=CAST.lines[story.language],
        language=story.language,
        channel=story.channel,
        joins_days_before=2,
    )


async def lived(
    story: Story, loaded: LoadedCampaign, words: Words
) -> tuple[list[Told], list[Told]]:
    """What the house sent of the campaign, and what its preview shows for the same facts."""
    asked = request(story)
    house, store, clinic_id, senders = await memory_house(asked, words)
    simulator = simulator_of(house, senders)
    listeners = {
        one.id: Listener(inner=simulator.channel(one.channel), store=store, now=house.clock.now)
        for one in senders
    }
    stage = Stage(
        house=house,
        engine=house.engine(dict(listeners.items()), senders),
        clock=house.clock,
        simulator=simulator,
        clinic_id=clinic_id,
        senders=senders,
        channel=asked.channel,
        phones=["phone-1"],
    )
    await let_out(stage, [loaded])
    await settle_in(stage, asked)
    began = stage.clock.now()
    await record(
        stage, [(FactKind.PHONE_SHARING, {"who": "others" if story.shares_phone else "nobody"})]
    )
    moments = [began]
    for day, event in story.events:
        await live_until(stage, began + timedelta(days=day))
        await record(stage, [event])
        moments.append(stage.clock.now())
    moments.append(began + LIVED)
    await live_until(stage, moments[-1])
    assert not store.failures
    sent = [
        (arrival.at, arrival.delivery.body.text)
        for listener in listeners.values()
        for arrival in listener.arrivals
        if arrival.delivery.template.startswith("campaign:")
    ]
    return sorted(sent), sorted(await previewed(stage, loaded, moments))


async def live_until(stage: Stage, moment: datetime) -> None:
    """Everything that falls due on the way; planned anew once a day, as every night."""
    clock = cast("StillClock", stage.clock)
    planned_at = clock.now()
    await stage.house.planner.plan_all()
    while clock.now() < moment:
        await stage.engine.settle()
        if clock.now() - planned_at >= A_DAY:
            planned_at = clock.now()
            await stage.house.planner.plan_all()
        clock.move(min(moment, planned_at + A_DAY, await stage.engine.next_moment()))
    await stage.engine.settle()


async def previewed(
    stage: Stage, loaded: LoadedCampaign, moments: Sequence[datetime]
) -> list[Told]:
    """Between any two entries of the clinic what was planned then, as a replay shows it."""
    found: list[Told] = []
    for start, end in pairwise(moments):
        async for patient in stage.house.campaigns.preview.messages(
            stage.clinic_id, loaded, after=start, days=LIVED.days
        ):
            for one, body in zip(patient.messages, patient.texts, strict=True):
                if one.at is not None and body is not None and one.due_at <= end:
                    found.append((one.at, body.text))
    return [told for told in found if told[0] <= moments[-1]]


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(story=stories())
def test_what_is_previewed_is_what_is_sent(story: Story, words: Words) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made-up.yaml"
        path.write_text(story.campaign, encoding="utf-8")
        sent, shown = asyncio.run(lived(story, load_campaign(path), words))
    assert sent == shown
