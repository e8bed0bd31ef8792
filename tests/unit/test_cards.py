"""Do the pictures of a course look right with much, little and nothing told, in every language?"""

import struct
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from bot.charts.artist import Artist
from bot.charts.card import card_data, week_data
from bot.charts.visit import visit_data
from bot.content.messages import load_messages
from bot.content.templates import Templates
from bot.domain.history import CourseHistory, DoseWord, PastCheckin, PastDose
from bot.domain.identity import Channel
from bot.domain.picture import PictureName, PictureOrder
from bot.domain.progress import NextDate, progress
from bot.domain.progress_record import progress_record
from tests.fakes.turns import CONTENT

FIRST = date(2026, 12, 1)
MESSAGES = load_messages(CONTENT / "messages")
TEMPLATES = Templates()
WIDTH = range(775, 786)


def say(name: str, language: str, variables: Mapping[str, object]) -> str:
    source = MESSAGES.form(name, language).source(Channel.TELEGRAM)
    return TEMPLATES.render(source, variables, language=language)


def words(name: str, **variables: object) -> str:
    return say(name, "en", variables)


def told(days: int, *, answered: tuple[int, ...] | None = None) -> dict[str, Any]:
    """A course of `days`, a capsule on each, answers on the days `answered` (all if None)."""
    numbers = range(days) if answered is None else answered
    checkins = [
        PastCheckin(
            questionnaire="daily",
            day=FIRST + timedelta(days=number),
            answers={"breakouts": str(number % 11), "lips": "5", "mood": "9"},
        )
        for number in numbers
    ]
    doses = [
        PastDose(day=FIRST + timedelta(days=number), slot="evening", word=DoseWord.TAKEN)
        for number in range(days)
    ]
    today = FIRST + timedelta(days=max(days - 1, -1))
    seen = progress(
        CourseHistory(checkins=checkins, doses=doses),
        first_day=FIRST,
        last_day=FIRST + timedelta(days=279),
        today=today,
        next_dates=[NextDate(name="test", day=today), NextDate(name="lab", day=today)],
    )
    return progress_record(seen)


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("language", ["en", "es", "hi"])
@pytest.mark.parametrize("name", [PictureName.PROGRESS, PictureName.WEEK])
@pytest.mark.parametrize("days", [0, 1, 6, 36, 275])
def test_every_card_is_one_picture_for_a_phone(days: int, name: PictureName, language: str) -> None:
    drawn = Artist(say).draw(PictureOrder(name=name, language=language, shows=told(days)))
    width, height = size(drawn.content)
    assert width in WIDTH
    assert height < 3 * width
    assert not drawn.is_paper


@pytest.mark.parametrize("language", ["en", "es", "hi"])
@pytest.mark.parametrize("days", [0, 1, 275])
def test_the_paper_is_one_page_that_can_be_read_aloud(days: int, language: str) -> None:
    order = PictureOrder(name=PictureName.VISIT, language=language, shows=told(days))
    drawn = Artist(say).draw(order)
    assert drawn.is_paper
    assert drawn.content.startswith(b"%PDF")
    assert b"pdfuaid" in drawn.content
    assert drawn.content.count(b"/Type /Page\n") + drawn.content.count(b"/Type/Page\n") <= 1


@pytest.mark.parametrize("language", ["en", "es", "hi"])
def test_the_fullest_paper_is_still_one_page(language: str) -> None:
    full = told(275)
    changes = [[name, "worse", "2", "9"] for name in ("breakouts", "dryness")]
    full |= {
        "visit": {"since": "2027-08-01", "is_visit": True, "not_taken": 12, "changes": changes},
        "amount": {"low": "20", "high": "140.5", "target_low": "120", "target_high": "150"},
        "next_dates": [["lab", "2027-09-02"], ["visit", "2027-09-03"], ["window", "2027-09-04"]],
        "name": "Maria Guadalupe Fernández-Villanueva de la Cruz y Rodríguez, 2004",
    }
    drawn = Artist(say).draw(PictureOrder(name=PictureName.VISIT, language=language, shows=full))
    assert b"/Count 1" in drawn.content


def test_one_answer_of_a_week_is_named_beside_its_point() -> None:
    chart = week_data(told(20, answered=(18,)), words, "en")["chart"]
    assert [one["label-x"] == one["points"][0][0] for one in chart["series"]] == [True, True]


def test_a_line_ends_where_answers_are_missing() -> None:
    shown = card_data(told(30, answered=(0, 1, 2, 20, 21)), words, "en")
    for series in shown["chart"]["series"]:
        assert [len(line) for line in series["lines"]] == [3, 2]
        assert len(series["points"]) == 5


def test_one_answer_is_a_point_without_a_line_and_says_so() -> None:
    chart = card_data(told(1), words, "en")["chart"]
    assert [(len(one["points"]), one["lines"]) for one in chart["series"]] == [(1, []), (1, [])]
    assert chart["note"]
    assert not chart["empty"]


def test_without_answers_a_sentence_stands_in_the_place_of_lines() -> None:
    chart = card_data(told(10, answered=()), words, "en")["chart"]
    assert chart["series"] == []
    assert chart["empty"]


def test_names_beside_lines_do_not_lie_on_each_other() -> None:
    chart = card_data(told(6), words, "en")["chart"]
    low, high = sorted(one["label-y"] for one in chart["series"])
    assert high - low >= 1.5
    assert low >= 0
    assert high <= 10


def test_a_week_shows_seven_days_and_nothing_older() -> None:
    shown = week_data(told(40), words, "en")
    signs = [d for week in shown["calendar"]["weeks"] for d in week if d["word"]]
    assert len(signs) == 7
    assert shown["calendar"]["said"] == "Answered on 7 of 7 days; taken on 7"
    assert all(len(one["points"]) == 7 for one in shown["chart"]["series"])


def test_nothing_of_mood_is_in_what_a_picture_shows() -> None:
    assert "mood" not in str(told(20))


def test_a_guardian_who_sees_the_paper_learns_of_no_pregnancy_test() -> None:
    rows = visit_data(told(20), words, "en")["dates"]["rows"]
    assert [row["what"] for row in rows] == ["Blood test"]
