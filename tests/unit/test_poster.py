"""Is the picture of a course one page, in every language, whatever stands on it?"""

import struct
from datetime import date, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.charts.poster import poster_data
from bot.charts.render import PictureFormat, render
from bot.content.behaviours import load_behaviours
from bot.domain.message_kind import MessageKind
from bot.domain.schedule import SlotTime, instant
from bot.domain.simulation import CourseRequest, SimulatedDose, SimulatedStep, Simulation
from bot.wiring.words import CONTENT
from tests.fakes.turns import messages

CAST = load_behaviours(CONTENT / "behaviours.yaml")
ZONE = ZoneInfo("America/New_York")
FIRST = date(2026, 12, 1)


def step(step_id: str, kind: MessageKind, done_on: date, *, window_days: int = 0) -> SimulatedStep:
    return SimulatedStep(
        id=step_id,
        kind=kind,
        opens=done_on,
        closes=date.fromordinal(done_on.toordinal() + window_days),
        rule="r@1",
        state="done",
        is_window=window_days > 0,
        done_on=done_on,
        evidence={"name": "pregnancy-test"},
        who_acts=("patient",),
    )


def lived(
    language: str = "en", *, weeks: int = 20, steps: tuple[SimulatedStep, ...] = ()
) -> Simulation:
    asked = CourseRequest(
        programme="us-ipledge",
        category="can-become-pregnant",
        first_day=FIRST,
        weeks=weeks,
        zone=ZONE,
        slots=(SlotTime(slot="daily", at=time(20)),),
        dose="40mg@20:00",
        behaviour=CAST.behaviours["perfect"],
        lines=CAST.lines[language],
        language=language,
    )
    days = range((asked.last_day - FIRST).days + 1)
    return Simulation(
        request=asked,
        began_at=asked.begins_at.astimezone(ZONE),
        ended_at=instant(asked.last_day, time(23), ZONE).astimezone(ZONE),
        messages=(),
        deeds=(),
        cases=(),
        doses=[
            SimulatedDose(
                day=date.fromordinal(FIRST.toordinal() + n),
                slot="daily",
                state="taken" if n % 9 else "missed",
            )
            for n in days
        ],
        facts=(),
        steps=steps,
    )


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("language", ["en", "es", "hi"])
def test_every_language_has_its_poster(language: str) -> None:
    data = poster_data(
        lived(language), lambda n: messages().label(n, language), programme="P", footer="F"
    )
    assert len(data["months"]) == 5
    width, height = size_of(render("poster", data, pixels_per_inch=72))
    assert width > height > 500


def test_nine_months_grow_the_page_and_not_the_crowd() -> None:
    data = poster_data(
        lived(weeks=39), lambda n: messages().label(n, "en"), programme="", footer=""
    )
    assert len(data["months"]) == 9
    _, height = size_of(render("poster", data, pixels_per_inch=72))
    assert height > 595


def test_words_on_one_line_never_touch() -> None:
    steps = tuple(
        step(f"pregnancy-test-{n}", MessageKind.PREGNANCY_TEST, date(2026, 12, n))
        for n in range(1, 31)
    )
    data = poster_data(
        lived(steps=steps), lambda n: messages().label(n, "en"), programme="", footer=""
    )
    marks = [mark for mark in data["months"][0]["marks"] if mark["label"]]
    for lane in (0, 1):
        days = [m["day"] for m in marks if m["lane"] == lane and not m["flipped"]]
        assert all(b - a >= 1.5 for a, b in pairwise(days))
    assert len(data["months"][0]["marks"]) == 31


def test_a_window_goes_on_in_the_next_month() -> None:
    window = step("pick-up-2", MessageKind.WINDOW, date(2026, 12, 28), window_days=6)
    data = poster_data(
        lived(steps=(window,)), lambda n: messages().label(n, "en"), programme="", footer=""
    )
    (first,), (second,) = data["months"][0]["bars"], data["months"][1]["bars"]
    assert (first["first"], first["last"], first["ends"]) == (28, 31, False)
    assert (second["first"], second["last"], second["begins"]) == (1, 3, False)


def test_text_cannot_become_a_command() -> None:
    hostile = '#panic("x") $ * _ \\ ] " @label <b> #read("/etc/passwd") /* //'
    data = poster_data(lived(), lambda _: hostile, programme=hostile, footer=hostile)
    assert size_of(render("poster", data, pixels_per_inch=50))[0] > 100


def test_the_same_course_is_the_same_picture() -> None:
    data = poster_data(lived(), lambda n: messages().label(n, "en"), programme="", footer="")
    assert render("poster", data, pixels_per_inch=40) == render("poster", data, pixels_per_inch=40)
    assert render("poster", data, form=PictureFormat.PDF).startswith(b"%PDF")
