"""Are words around a wish to hear less understood as they are meant?"""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.stop_library import fitted_stop, load_stop, stop_lines
from bot.domain.danger import words_of
from bot.domain.reading import Certainty, Level, RedFlag, StopAction, StopReading
from bot.domain.stop_intent import (
    StopModel,
    days_until,
    is_bare_stop,
    meaning,
    pause_days,
    pause_kind,
    read,
)
from bot.domain.stop_model import OTHER

LIBRARY = load_stop(Path(__file__).parents[2] / "content" / "triage" / "stop")
HARMLESS = [
    "which lip balm is best",
    "my lips are dry and my skin is peeling",
    "when is my next appointment",
    "lips 2 skin 1 mood 4",
    "skin better today, thanks",
    "taken",
    "yes",
    "is it normal that my nose bleeds a little",
    "can i drink a beer on saturday",
    "como cuido mis labios",
    "kya main makeup kar sakti hu",
    "test was negative",
]
MONDAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def model() -> StopModel:
    return fitted_stop(LIBRARY, harmless=[line for line in HARMLESS for _ in range(4)])


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        "Stop.",
        " stop ",
        "Unsubscribe",
        "END",
        "quit",
        "STOPALL",
        "revoke",
        "optout",
    ],
)
def test_a_carrier_keyword_alone_is_recognised_as_such(model: StopModel, text: str) -> None:
    assert read(text, model) == StopReading(action=StopAction.OPT_OUT, is_keyword=True)


@pytest.mark.parametrize(
    "text",
    ["please stop", "stop please thanks", "STOP STOP STOP", "ok stop now", "baja por favor"],
)
def test_politeness_and_anger_do_not_hide_a_bare_stop(model: StopModel, text: str) -> None:
    reading = read(text, model)
    assert reading is not None
    assert reading.action is StopAction.OPT_OUT
    assert not reading.is_keyword


@pytest.mark.parametrize(
    "text",
    [
        "would you kindly quit texting me",
        "i do not wish to get your messages any longer",
        "unsubscribe my phone from everything",
        "stop sending me texts, i hate it",
        "ya no me manden mensajes nunca",
        "mujhe ab koi message mat bhejna kabhi",
        "मुझे अब कोई संदेश मत भेजना",
    ],
)
def test_opting_out_in_own_words(model: StopModel, text: str) -> None:
    reading = read(text, model)
    assert reading is not None
    assert reading.action is StopAction.OPT_OUT


@pytest.mark.parametrize(
    "text",
    [
        "i stopped taking my capsules yesterday",
        "can i stop the pills before my wedding",
        "should i quit the medicine if my knees ache",
        "how do i stop my lips from bleeding",
        "dejé de tomar las pastillas ayer",
        "puedo dejar la isotretinoina ya?",
        "maine goli band kar di kal se",
        "क्या मैं दवा बंद कर दूँ",
        *HARMLESS,
    ],
)
def test_the_medicine_and_the_skin_are_never_an_opt_out(model: StopModel, text: str) -> None:
    assert read(text, model) is None
    assert meaning(text, model, red_flag=None).action is StopAction.QUESTION


@pytest.mark.parametrize(
    ("text", "kind", "days"),
    [
        ("pause the check-ins for two weeks", "checkin", 14),
        ("pause the tips for 10 days", "learning", 10),
        ("pause everything for a week", "all", 7),
        ("pausa los consejos por tres dias", "learning", 3),
        ("tips do hafte ke liye band karo", "learning", 14),
        ("only send reminders, no tips", None, None),
    ],
)
def test_a_pause_says_what_and_how_long(
    model: StopModel, text: str, kind: str | None, days: int | None
) -> None:
    reading = read(text, model)
    assert reading is not None
    assert reading.action is StopAction.PAUSE_TOPIC
    assert (reading.pause_kind, reading.pause_days) == (kind, days)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("until friday", 4),
        ("till monday", 7),
        ("hasta el domingo", 6),
        ("mangalvar tak", 1),
        ("friday is my birthday", None),
        ("for 3 months", 60),
        ("12 days", 12),
        ("a couple", None),
    ],
)
def test_the_end_of_a_pause(text: str, days: int | None) -> None:
    assert pause_days(words_of(text).tokens, LIBRARY.words, today=MONDAY) == days


def test_without_a_date_a_weekday_says_nothing() -> None:
    assert pause_days(["until", "friday"], LIBRARY.words, today=None) is None


@pytest.mark.parametrize(("weekday", "days"), [(0, 7), (1, 1), (6, 6)])
def test_a_weekday_is_at_most_a_week_away(weekday: int, days: int) -> None:
    assert days_until(weekday, MONDAY) == days


@pytest.mark.parametrize(
    ("text", "kind"),
    [("dose reminders", "dose"), ("tips and questions", None), ("messages", "all")],
)
def test_the_kind_of_a_pause(text: str, kind: str | None) -> None:
    assert pause_kind(words_of(text).tokens, LIBRARY.words) == kind


def test_a_red_flag_goes_before_a_question_but_not_before_an_opt_out(model: StopModel) -> None:
    flag = RedFlag(
        category="rf-bleed-nose",
        level=Level.SAME_DAY,
        certainty=Certainty.POSSIBLE,
        score=0.4,
        why="",
    )
    asked = meaning("my nose will not stop bleeding", model, red_flag=flag)
    assert asked.action is StopAction.RED_FLAG
    assert asked.red_flag is flag
    assert meaning("stop texting me", model, red_flag=flag).action is StopAction.OPT_OUT


@pytest.mark.parametrize(
    "text", ["", "   ", "\x00", "🙂" * 50, "مرحبا كيف حالك", "你好", "word " * 2000, "IMG_1234.jpg"]
)
def test_what_cannot_be_a_wish_is_none(model: StopModel, text: str) -> None:
    assert read(text, model) is None
    assert meaning(text, model, red_flag=None).action is StopAction.QUESTION


@given(st.text(max_size=120))
def test_any_text_has_a_meaning(text: str) -> None:
    words = words_of(text)
    is_bare = is_bare_stop(words, LIBRARY.words)
    assert not (is_bare and not words.tokens)


def test_questions_are_taught_as_something_else() -> None:
    lines = stop_lines(LIBRARY, harmless=["a", "b", "c", "d", "e"], flags=["f"])
    questions = set(LIBRARY.languages["en"].question)
    assert {line.meaning for line in lines if line.text in questions} == {OTHER}
    assert [line.text for line in lines if not line.is_about_stopping] == ["a", "e", "f"]


def test_a_kept_reader_understands_the_same(tmp_path: Path, model: StopModel) -> None:
    harmless = [line for line in HARMLESS for _ in range(4)]
    first = fitted_stop(LIBRARY, harmless=harmless, cache=tmp_path)
    kept = list(tmp_path.glob("stop-*.npz"))
    assert len(kept) == 1
    again = fitted_stop(LIBRARY, harmless=harmless, cache=tmp_path)
    for text in ("pause tips for 2 days", "opt me out", "i stopped the pills", "enough"):
        assert read(text, again) == read(text, first) == read(text, model)
    kept[0].write_bytes(b"broken")
    assert read("opt me out", fitted_stop(LIBRARY, harmless=harmless, cache=tmp_path)) is not None
