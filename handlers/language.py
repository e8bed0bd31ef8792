"""What follows when a person wants another language."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.checkin import ANNOUNCED
from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, Option, RecordFact, Say
from bot.domain.patient import FactKind
from bot.domain.prompt import checkin_prompt
from bot.domain.turn import Turn

_OPEN_FOR = timedelta(days=1)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for choosing a language, or None."""
    chosen = chosen_language(turn)
    if chosen is not None and chosen in turn.closed_languages:
        return [Say(template="language-not-open"), *turn.closing(Asking.LANGUAGE)]
    if chosen is not None and turn.patient is not None:
        return [
            RecordFact(kind=FactKind.LANGUAGE, value={"language": chosen}),
            Say(template="language-set", language=chosen),
            *turn.closing(Asking.LANGUAGE),
            *_open_checkin(turn, chosen),
        ]
    if chosen is not None:
        return [Say(template="language-set", language=chosen)]
    if turn.action == "language" or turn.says("language"):
        return [_offer(turn), Ask(question=_question(turn))]
    return None


def _open_checkin(turn: Turn, language: str) -> Sequence[Effect]:
    """The question of a check-in that waits, once more in the new language."""
    asked, checkin = turn.asked(Asking.CHECKIN), turn.checkin
    question = checkin.next_question() if checkin is not None else None
    if asked is None or asked.step == ANNOUNCED or checkin is None or question is None:
        return []
    return [checkin_prompt(checkin, question, language=language)]


def chosen_language(turn: Turn) -> str | None:
    """The language that this turn chooses by button, number or name, or None."""
    action = turn.action or ""
    if action.startswith("language:") and action.removeprefix("language:") in turn.languages:
        return action.removeprefix("language:")
    question = turn.open_question
    is_asked = question is not None and question.asking in (Asking.LANGUAGE, Asking.ENROLMENT)
    by_name = next((code for code in turn.languages if turn.says(f"language-{code}")), None)
    is_wish = " " in turn.said  # "español por favor"; a bare name by SMS may be about anything
    return by_name if is_asked or is_wish or not turn.is_sms else None


def _offer(turn: Turn) -> Say:
    """The choice of languages, each in its own name."""
    return Say(
        template="language-choice",
        options=(
            tuple(
                Option(label=f"language-{code}", action=f"language:{code}")
                for code in turn.languages
            ),
        ),
    )


def _question(turn: Turn) -> Question:
    return Question(
        id=turn.fresh_id,
        asking=Asking.LANGUAGE,
        asked_at=turn.now,
        expires_at=turn.now + _OPEN_FOR,
        options=tuple(f"language:{code}" for code in turn.languages),
    )
