"""Who may keep photos, and what do words and buttons about them bring about?"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.checkin import OpenCheckin
from bot.domain.conversation import Asking
from bot.domain.effect import Ask, ForgetPhotos, KeepPhoto, RecordAnswer, RecordFact, Say
from bot.domain.inbound import InboundKind
from bot.domain.message_kind import MessageKind
from bot.domain.patient import FactKind, PatientState
from bot.domain.questionnaire import CheckinQuestion, QuestionKind
from bot.domain.turn import Turn
from handlers import answer
from tests.fakes.turns import CLINIC, DAILY, NOW, checkin, every, patient, question, turn

DAYS = (date(2026, 11, 1), date(2026, 11, 12), date(2026, 12, 1))


def said(effects: list[Any]) -> list[str]:
    return [one.template for one in every(effects, Say)]


def with_photo(given: Turn, **changes: Any) -> Turn:
    return replace(given, inbound=replace(given.inbound, attachments=("ref",), **changes))


def young(**changes: Any) -> PatientState:
    state = patient(**changes)
    return replace(state, patient=replace(state.patient, born_on=date(2011, 1, 1)))


@pytest.mark.parametrize(
    ("who", "clinic", "template"),
    [
        (patient(), CLINIC, "photos-consent"),
        (patient(), replace(CLINIC, offers_photos=False), "photos-off"),
        (patient(silent_kinds=frozenset({MessageKind.LEARNING})), CLINIC, "photos-off"),
        (patient(has_consent=False), CLINIC, "photos-off"),
        (young(), CLINIC, "photos-guardian"),
        (young(guardian_accepts_photos=True), CLINIC, "photos-consent"),
        (young(accepts_photos=True), CLINIC, "photos-guardian"),
        (patient(accepts_photos=True), CLINIC, "photos-add"),
    ],
)
def test_who_may_keep_photos(who: PatientState, clinic: Any, template: str) -> None:
    assert said(answer(turn("photos", patient=who, clinic=clinic))) == [template]


def test_under_18_only_the_face() -> None:
    (consent,) = every(answer(turn("photos", patient=young(guardian_accepts_photos=True))), Say)
    assert consent.variables["is_minor"] == "yes"


@pytest.mark.parametrize("clinic", [replace(CLINIC, offers_photos=False), CLINIC])
def test_a_photo_is_not_taken_after_the_clinic_or_the_patient_ended_it(clinic: Any) -> None:
    agreed = clinic.offers_photos is False
    who = patient(accepts_photos=agreed, was_asked_for_photos=True)
    waiting = question(Asking.PHOTO, step="waiting")
    effects = answer(
        with_photo(turn(kind=InboundKind.PHOTO, asked=waiting, patient=who, clinic=clinic))
    )
    assert every(effects, KeepPhoto) == []
    assert said(effects) == ["media-received"]


def test_a_no_removes_what_was_kept_before() -> None:
    waiting = question(Asking.PHOTO, step="consent")
    effects = answer(turn("no", asked=waiting, patient=patient(accepts_photos=True)))
    assert every(effects, ForgetPhotos) == [ForgetPhotos()]
    (fact,) = every(effects, RecordFact)
    assert (fact.kind, fact.value["agreed"]) == (FactKind.PHOTOS, False)


def test_a_file_where_a_photo_is_waited_for_is_named() -> None:
    waiting = question(Asking.PHOTO, step="waiting")
    who = patient(accepts_photos=True)
    effects = answer(turn(kind=InboundKind.OTHER, asked=waiting, patient=who))
    assert said(effects) == ["photo-as-file"]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("photos", ["2026-11-01", "2026-12-01"]),
        ("photos 1 nov 12 nov", ["2026-11-01", "2026-11-12"]),
        ("photos nov 12 dec 1", ["2026-11-12", "2026-12-01"]),
        ("photos 2026-11-12 2026-12-01", ["2026-11-12", "2026-12-01"]),
        ("photos 12 nov", ["2026-11-01", "2026-12-01"]),
    ],
)
def test_two_dates_are_chosen_in_words(text: str, days: list[str]) -> None:
    who = patient(accepts_photos=True)
    (shown,) = every(answer(turn(text, patient=who, photo_days=DAYS)), Say)
    assert shown.picture is not None
    assert shown.picture.shows["days"] == days


def test_two_dates_are_chosen_by_buttons() -> None:
    who = patient(accepts_photos=True)
    (first,) = every(answer(turn(press="photos:dates", patient=who, photo_days=DAYS)), Say)
    actions = [option.action for row in first.options for option in row]
    assert actions == ["photos:left:20261101", "photos:left:20261112", "photos:left:20261201"]
    (second,) = every(answer(turn(press=actions[1], patient=who, photo_days=DAYS)), Say)
    pairs = [option.action for row in second.options for option in row]
    (shown,) = every(answer(turn(press=pairs[0], patient=who, photo_days=DAYS)), Say)
    assert shown.picture is not None
    assert shown.picture.shows["days"] == ["2026-11-01", "2026-11-12"]


def test_a_tap_on_delete_asks_first_and_the_word_does_not() -> None:
    who = patient(accepts_photos=True)
    asked = answer(turn(press="photos:end", patient=who, photo_days=DAYS))
    assert (said(asked), every(asked, ForgetPhotos)) == (["photos-end-sure"], [])
    for ended in (turn("delete photos", patient=who), turn(press="photos:end-yes", patient=who)):
        assert every(answer(ended), ForgetPhotos) == [ForgetPhotos()]


def test_an_old_button_keeps_nothing() -> None:
    effects = answer(turn(press="photos:keep:17", patient=patient(accepts_photos=True)))
    assert said(effects) == ["old-button"]
    assert every(effects, KeepPhoto) == []


@pytest.mark.parametrize("which", ["keep", "leave"])
def test_the_button_of_an_earlier_photo_touches_no_later_one(which: str) -> None:
    later = question(
        Asking.PHOTO, step="offered", data={"reference": "r", "message": "18", "album": ""}
    )
    pressed = turn(press=f"photos:{which}:17", asked=later, patient=patient(accepts_photos=True))
    effects = answer(pressed)
    assert said(effects) == ["old-button" if which == "keep" else "photo-left"]
    assert (every(effects, KeepPhoto), every(effects, Ask)) == ([], [])


def asking_for_photo() -> OpenCheckin:
    asked = CheckinQuestion(id="skin-photo", kind=QuestionKind.PHOTO)
    return checkin(questionnaire=replace(DAILY, questions=(asked,)), accepts_photos=True)


def test_the_photo_of_a_check_in_is_kept_and_written_down() -> None:
    opened = asking_for_photo()
    waiting = question(Asking.CHECKIN, data={"occurrence": opened.occurrence.id})
    who = patient(accepts_photos=True)
    given = turn(kind=InboundKind.PHOTO, asked=waiting, patient=who, checkin=opened)
    effects = answer(with_photo(given, message="17"))
    (kept,) = every(effects, KeepPhoto)
    assert (kept.reference, kept.message) == ("ref", "17")
    (written,) = every(effects, RecordAnswer)
    assert (written.question, written.value) == ("skin-photo", "photo")


def test_the_photo_of_a_check_in_can_be_skipped() -> None:
    opened = asking_for_photo()
    waiting = question(Asking.CHECKIN, data={"occurrence": opened.occurrence.id})
    effects = answer(turn("skip", asked=waiting, patient=patient(), checkin=opened))
    (written,) = every(effects, RecordAnswer)
    assert written.value == "skipped"


def test_without_consent_a_check_in_asks_for_no_photo() -> None:
    assert replace(asking_for_photo(), accepts_photos=False).next_question() is None


def test_another_photo_of_the_album_is_passed_over() -> None:
    taken = question(Asking.PHOTO, step="taken", data={"album": "a"})
    given = turn(kind=InboundKind.PHOTO, asked=taken, patient=patient(accepts_photos=True))
    effects = answer(with_photo(given, album="a"))
    assert (said(effects), every(effects, KeepPhoto)) == ([], [])


def test_the_day_of_an_offered_photo_is_the_day_it_was_sent() -> None:
    offered = question(
        Asking.PHOTO,
        step="offered",
        asked_at=NOW - timedelta(days=1),
        data={"reference": "ref", "message": "", "album": ""},
    )
    effects = answer(
        turn(press="photos:keep:", asked=offered, patient=patient(accepts_photos=True))
    )
    (kept,) = every(effects, KeepPhoto)
    assert kept.day == date(2026, 11, 30)
