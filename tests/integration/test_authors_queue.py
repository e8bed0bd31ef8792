"""Does a question reach the authors only with consent, without its person, and not for ever?"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from bot.domain.authors_queue import AnswerFit, KeptQuestion
from bot.domain.effect import WhyKept
from bot.domain.identity import Channel
from bot.store.review_tables import KeptQuestionRow
from tests.household import Household

UNKNOWN = "Ada here, +1 555 010 0199: can I box on 3 March?"


async def kept(home: Household) -> Sequence[KeptQuestion]:
    async with home.house.store.read() as tx:
        return await tx.questions.kept(home.clinic_id)


async def fits(home: Household) -> Sequence[AnswerFit]:
    async with home.house.store.read() as tx:
        return await tx.questions.fits(home.clinic_id)


async def agree(home: Household) -> None:
    """Two answered questions, then a yes to the one question about it."""
    await home.settle_in("ada")
    await home.say("ada", "my lips are dry")
    await home.say("ada", "what about alcohol")
    await home.press("ada", "improve:yes")


async def test_nothing_is_kept_without_consent(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", UNKNOWN)
    await home.say("ada", "my lips are dry")
    await home.press("ada", "misfit:dry-lips")
    assert await kept(home) == []
    assert [(fit.yes_count, fit.no_count) for fit in await fits(home)] == [(0, 1)]


async def test_a_no_keeps_nothing_and_is_not_asked_again(home: Household) -> None:
    await home.settle_in("ada")
    for text in ("my lips are dry", "what about alcohol"):
        await home.say("ada", text)
    await home.press("ada", "improve:no")
    await home.say("ada", UNKNOWN)
    await home.say("ada", "my lips are dry")
    assert await kept(home) == []
    asked = [text for text in home.texts("ada") if "May I keep questions" in text]
    assert asked == []


async def test_an_unanswered_question_is_kept_without_its_person(home: Household) -> None:
    await agree(home)
    await home.say("ada", UNKNOWN)
    (question,) = await kept(home)
    assert question.text == "[name] here, [number]: can I box on [date]?"
    assert (question.why, question.topic) == (WhyKept.ABSTAINED, None)


async def test_a_kept_question_is_stored_sealed_and_without_the_patients_id(
    home: Household,
) -> None:
    await agree(home)
    await home.say("ada", "can I box")
    async with home.house.store.read() as tx:
        row = await tx.questions._session.scalar(select(KeptQuestionRow))
    assert row is not None
    assert b"box" not in row.sealed_text
    patient_id = home.members["ada"].patient_id
    assert patient_id is not None
    assert patient_id not in (row.asker_index, row.id, row.topic, row.language)


async def test_an_answer_that_did_not_fit_is_kept_once(home: Household) -> None:
    await agree(home)
    await home.say("ada", "lips and trumpets")
    await home.press("ada", "misfit:dry-lips")
    await home.press("ada", "misfit:dry-lips")
    await home.press("ada", "none-of-these")
    (question,) = await kept(home)
    assert (question.text, question.why) == ("lips and trumpets", WhyKept.NOT_WHAT_WAS_ASKED)
    assert question.topic == "dry-lips"
    assert [(fit.topic, fit.no_count) for fit in await fits(home)] == [("dry-lips", 1)]


async def test_a_danger_is_never_kept_for_the_authors(home: Household) -> None:
    await agree(home)
    await home.say("ada", "i feel a bit low")
    await home.say("ada", "OK")
    assert await kept(home) == []


async def test_withdrawing_by_word_removes_what_was_kept_and_ends_it(home: Household) -> None:
    await agree(home)
    await home.say("ada", "can I box")
    await home.say("ada", "PRIVATE")
    await home.say("ada", "can I wrestle")
    assert await kept(home) == []
    assert "removed" in " ".join(home.texts("ada"))


async def test_withdrawing_removes_nothing_of_others(home: Household) -> None:
    await agree(home)
    await home.say("ada", "can I box")
    await home.settle_in("ben", name="Ben Sample")
    await home.say("ben", "private")
    assert [question.text for question in await kept(home)] == ["can I box"]


async def test_questions_are_removed_after_ninety_days(home: Household) -> None:
    await agree(home)
    await home.say("ada", "can I box")
    await home.wait(timedelta(days=89))
    assert len(await kept(home)) == 1
    await home.wait(timedelta(days=2))
    assert await kept(home) == []


async def test_on_sms_a_no_brings_the_next_and_a_yes_is_counted(home: Household) -> None:
    await home.settle_in("ben", name="Ben Sample", channel=Channel.SMS)
    await home.say("ben", "my lips are dry", channel=Channel.SMS)
    assert home.texts("ben", Channel.SMS)[-1].endswith("Not what you asked? Reply NO.")
    await home.say("ben", "no", channel=Channel.SMS)
    assert "Is it one of these? Reply A" in home.texts("ben", Channel.SMS)[-1]
    await home.say("ben", "A", channel=Channel.SMS)
    assert "Not what you asked" not in home.texts("ben", Channel.SMS)[-1]
    assert [(f.topic, f.yes_count, f.no_count) for f in await fits(home)] == [("dry-lips", 0, 1)]


async def test_more_gives_the_whole_answer_on_sms(home: Household) -> None:
    await home.settle_in("ben", name="Ben Sample", channel=Channel.SMS)
    await home.say("ben", "my lips are dry", channel=Channel.SMS)
    short = home.texts("ben", Channel.SMS)[-1]
    await home.say("ben", "MORE", channel=Channel.SMS)
    whole = home.texts("ben", Channel.SMS)[-1]
    assert len(whole) > len(short)
    assert "Source:" in whole
