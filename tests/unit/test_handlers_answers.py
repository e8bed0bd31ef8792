"""Is every other message answered kindly: questions, menus, pictures, groups, nonsense?"""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.conversation import Asking
from bot.domain.effect import (
    Ask,
    Effect,
    JoinAlert,
    Note,
    RaiseAlert,
    RecordFact,
    Say,
    SayTopic,
    SetAddressState,
)
from bot.domain.escalation import Urgency
from bot.domain.inbound import InboundKind
from bot.domain.patient import AddressState, FactKind
from bot.domain.reading import FaqDecision, FaqMatch, Reading
from bot.domain.turn import Turn
from handlers import ORDER, answer, fallback
from handlers.fallback import USUAL_TOPICS
from handlers.learn import THREADS
from tests.fakes.turns import (
    CONTENT,
    every,
    only,
    patient,
    question,
    templates,
    turn,
)

CHOICE = ("topic:dry-lips", "topic:dry-skin", "none-of-these")


def match(decision: FaqDecision, *topics: str, **more: Any) -> Reading:
    return Reading(faq=FaqMatch(decision=decision, topics=topics, **more))


def labels(effects: list[Effect]) -> list[str]:
    return [option.label for row in only(effects, Say).options for option in row]


def choosing() -> Any:
    return question(Asking.FAQ_OPTIONS, options=CHOICE)


FALLBACKS = [
    ("the nearest topics", ("alcohol", "dry-lips"), ("alcohol", "dry-lips")),
    ("only topics that exist here", ("gone", "alcohol"), ("alcohol",)),
    ("else the usual ones", (), ("starting-tips", "dry-lips", "side-effects-list")),
]


@pytest.mark.parametrize(
    ("near", "offered"), [c[1:] for c in FALLBACKS], ids=[c[0] for c in FALLBACKS]
)
def test_no_answer_is_said_honestly_with_three_suggestions(
    near: tuple[str, ...], offered: tuple[str, ...]
) -> None:
    effects = answer(turn("qwertz", reading=match(FaqDecision.ABSTAIN, *near)))
    assert templates(effects) == ["fallback"]
    assert labels(effects) == [*(f"topic:{topic}" for topic in offered), "none-of-these"]


@pytest.mark.parametrize("text", ["👍", "...", "!!", "", "🙂🙂"])
def test_no_words(text: str) -> None:
    assert templates(answer(turn(text))) == ["no-words"]


MENUS = [
    ("menu", turn("menu"), "menu", 6),
    ("the button", turn(press="menu"), "menu", 6),
    ("a stranger's", turn("/menu", patient=None), "menu-stranger", 2),
    ("help", turn(press="help"), "help", 1),
    ("help in words", turn("help", patient=None), "help", 1),
]


@pytest.mark.parametrize(
    ("met", "template", "options"), [c[1:] for c in MENUS], ids=[c[0] for c in MENUS]
)
def test_menus(met: Turn, template: str, options: int) -> None:
    effects = answer(met)
    assert templates(effects) == [template]
    assert len(labels(effects)) == options


@pytest.mark.parametrize("met", [turn("CALL ME"), turn(press="call-me"), turn("call me", sms=True)])
def test_call_me_makes_a_task(met: Turn) -> None:
    effects = answer(met)
    assert only(effects, RaiseAlert).urgency is Urgency.TASK
    assert templates(effects) == ["call-me-noted"]


def test_a_stranger_cannot_be_called() -> None:
    assert not every(answer(turn("call me", patient=None)), RaiseAlert)


def test_learning_threads() -> None:
    effects = answer(turn("learn"))
    assert templates(effects) == ["learn"]
    assert labels(effects) == [f"thread-{thread}" for thread in THREADS]
    asked = only(effects, Ask).question
    assert asked is not None
    chosen = answer(turn("2", sms=True, asked=asked))
    assert templates(chosen) == ["learn-thread"]
    assert labels(chosen) == ["topic:dry-lips", "topic:dry-skin"]
    topics = only(chosen, Ask).question
    assert only(answer(turn("1", sms=True, asked=topics)), SayTopic).topic == "dry-lips"


def test_a_long_thread_goes_on_behind_more() -> None:
    topics = tuple(f"topic-{number}" for number in range(12))

    def long(sent: Turn) -> Turn:
        return replace(sent, topics=frozenset(topics), threads={"finishing": topics})

    first = answer(long(turn(press="thread:finishing")))
    assert labels(first) == [*(f"topic:topic-{n}" for n in range(7)), "more"]
    assert only(first, Say).variables["more_number"] == "8"
    second = answer(long(turn("8", sms=True, asked=only(first, Ask).question)))
    assert labels(second) == [f"topic:topic-{n}" for n in range(7, 12)]
    assert only(second, Say).variables["more_number"] == ""


@pytest.mark.parametrize("press", ["thread:skin-and-lips:99", "thread:skin-and-lips:-1"])
def test_a_screen_beyond_the_thread_is_its_first(press: str) -> None:
    assert labels(answer(turn(press=press))) == ["topic:dry-lips", "topic:dry-skin"]


def test_an_empty_thread_says_so() -> None:
    assert templates(answer(turn(press="thread:finishing"))) == ["learn-empty"]
    assert templates(answer(turn(press="thread:no-such"))) == ["learn-empty"]


LANGUAGES = [
    ("a button", turn(press="language:es"), "es"),
    ("a name on Telegram", turn("Español"), "es"),
    ("a name on SMS when asked", turn("hindi", sms=True, asked=question(Asking.LANGUAGE)), "hi"),
    (
        "a number when asked",
        turn(
            "2", sms=True, asked=question(Asking.LANGUAGE, options=("language:en", "language:es"))
        ),
        "es",
    ),
]


@pytest.mark.parametrize(("met", "code"), [c[1:] for c in LANGUAGES], ids=[c[0] for c in LANGUAGES])
def test_choosing_a_language(met: Turn, code: str) -> None:
    effects = answer(met)
    fact = only(effects, RecordFact)
    assert (fact.kind, fact.value) == (FactKind.LANGUAGE, {"language": code})
    said = only(effects, Say)
    assert (said.template, said.language) == ("language-set", code)


def test_languages_are_offered_by_their_own_names() -> None:
    effects = answer(turn("language"))
    assert templates(effects) == ["language-choice"]
    assert labels(effects) == ["language-en", "language-es", "language-hi"]
    asked = only(effects, Ask).question
    assert asked is not None
    assert asked.options == ("language:en", "language:es", "language:hi")


def test_a_language_that_is_not_offered() -> None:
    assert templates(answer(turn(press="language:fr"))) == ["old-button"]
    assert not every(answer(turn("hindi", sms=True)), RecordFact)


def test_a_strangers_language_is_not_stored() -> None:
    effects = answer(turn(press="language:es", patient=None))
    assert templates(effects) == ["language-set"]
    assert not every(effects, RecordFact)


@pytest.mark.parametrize("asked", [None, question(Asking.LANGUAGE)])
def test_a_language_that_is_not_open_yet_is_not_chosen(asked: Any) -> None:
    met = turn(press="language:hi", asked=asked, closed_languages=frozenset({"hi"}))
    effects = answer(met)
    assert templates(effects) == ["language-not-open"]
    assert not every(effects, RecordFact)


MEDIA = [kind for kind in InboundKind if kind.is_media]


@pytest.mark.parametrize("kind", MEDIA)
def test_media_are_neither_opened_nor_kept(kind: InboundKind) -> None:
    effects = answer(turn(kind=kind, patient=patient(was_asked_for_photos=True)))
    assert templates(effects) == ["media-received"]
    assert len(effects) == 1


def test_media_after_a_danger_join_the_alert() -> None:
    effects = answer(turn(kind=InboundKind.PHOTO, has_recent_flag=True))
    assert only(effects, JoinAlert).note == "sent-media"


def test_an_edited_message_is_not_followed() -> None:
    assert templates(answer(turn("taken", kind=InboundKind.EDITED))) == ["edited-message"]


GROUPS = [
    ("the first word in a group", {"is_first_contact": True}, InboundKind.TEXT, ["group-chat"]),
    ("put into a group", {}, InboundKind.MEMBERSHIP, ["group-chat"]),
    ("further words in a group", {}, InboundKind.TEXT, []),
]


@pytest.mark.parametrize(
    ("changes", "kind", "said"), [c[1:] for c in GROUPS], ids=[c[0] for c in GROUPS]
)
def test_groups(changes: dict[str, Any], kind: InboundKind, said: list[str]) -> None:
    effects = answer(turn("JOIN ABCD2345", is_group=True, kind=kind, patient=None, **changes))
    assert templates(effects) == said


def test_a_changed_membership_is_noted() -> None:
    effects = answer(turn(kind=InboundKind.MEMBERSHIP))
    assert only(effects, Note).verb == "membership-changed"


PRIVATE = question(Asking.PRIVATE_CONTACT)


def test_the_way_to_reach_them_privately_is_kept() -> None:
    effects = answer(turn("only after 5 pm", asked=PRIVATE))
    assert only(effects, RecordFact).value == {"how": "only after 5 pm"}
    assert templates(effects) == ["private-contact-noted"]
    assert only(effects, Ask).question is None


@pytest.mark.parametrize("met", [turn("why?", asked=PRIVATE), turn(press="menu", asked=PRIVATE)])
def test_a_question_is_no_way_to_reach_anybody(met: Turn) -> None:
    assert not every(answer(met), RecordFact)


@pytest.mark.parametrize("met", [turn("I stopped taking it"), turn(press="stopped-taking")])
def test_having_stopped_is_no_opt_out_but_a_task_and_a_rest_from_doses(met: Turn) -> None:
    effects = answer(met)
    assert templates(effects) == ["stopped-taking"]
    assert only(effects, RaiseAlert).urgency is Urgency.SAME_DAY
    fact = only(effects, RecordFact)
    assert (fact.kind, fact.value["stopped"]) == (FactKind.DOSING_STOPPED, True)
    asked = only(effects, Ask).question
    assert asked is not None
    assert asked.asking is Asking.STOPPED_TAKING


STOPPED = question(Asking.STOPPED_TAKING)


def test_the_reason_for_having_stopped_joins_the_case_that_is_open() -> None:
    effects = answer(turn("headaches, last one on Monday", asked=STOPPED))
    assert templates(effects) == ["stopped-taking-noted"]
    assert not every(effects, RaiseAlert)
    assert only(effects, Ask).question is None


@pytest.mark.parametrize(
    "met", [turn("should I?", asked=STOPPED), turn(press="menu", asked=STOPPED)]
)
def test_a_question_is_no_reason(met: Turn) -> None:
    assert not every(answer(met), RaiseAlert)


def test_a_stranger_has_stopped_nothing() -> None:
    assert not every(answer(turn("I stopped taking it", patient=None)), RaiseAlert)


@pytest.mark.parametrize("text", ["Wrong number", "who is this?", "whos this"])
def test_a_wrong_number_is_locked_whatever_small_talk_would_say(text: str) -> None:
    reply = match(FaqDecision.ABSTAIN, reply="about-balm")
    effects = answer(turn(text, sms=True, reading=reply))
    assert templates(effects) == ["wrong-number"]
    assert only(effects, SetAddressState).state is AddressState.LOCKED
    assert only(effects, RaiseAlert).category == "wrong-number"


def test_a_stranger_who_asks_who_this_is_is_told() -> None:
    reply = match(FaqDecision.ABSTAIN, reply="about-balm")
    assert templates(answer(turn("who is this?", patient=None, reading=reply))) == [
        "reply:about-balm"
    ]
    effects = answer(turn("wrong number", patient=None))
    assert templates(effects) == ["wrong-number"]
    assert not every(effects, SetAddressState)


def test_a_first_contact_hears_once_what_balm_is_not() -> None:
    effects = answer(turn("hello", patient=None, is_first_contact=True))
    assert templates(effects) == ["fallback", "first-contact"]
    assert templates(answer(turn("hello", patient=None))) == ["fallback"]


def test_the_fallback_stands_last() -> None:
    assert ORDER[-1] is fallback.handle


def test_the_usual_topics_exist_in_every_language() -> None:
    for language in ("en", "es", "hi"):
        known = {path.stem for path in (CONTENT / "faq" / language).glob("*.yaml")}
        assert set(USUAL_TOPICS) <= known, language
