"""What does a text say as an answer to the question that a check-in waits for?"""

import re
from collections.abc import Mapping, Sequence

from bot.domain.answer_words import plain
from bot.domain.checkin import OpenCheckin
from bot.domain.checkin_answer import (
    NotWhole,
    OutOfRange,
    parse_answer,
    parse_line,
    run_of_digits,
)
from bot.domain.checkin_text import Understood, is_an_answer_in_doubt, understand
from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, Say
from bot.domain.prompt import checkin_prompt, checkin_understood
from bot.domain.questionnaire import SKIPPED, CheckinQuestion, QuestionKind
from bot.domain.turn import Turn
from handlers.checkin_record import record, understood_in, waiting

_DRAWN_OUT = re.compile(r"(\w)\1+$")


def read(turn: Turn, checkin: OpenCheckin, question: CheckinQuestion) -> Sequence[Effect] | None:
    """Effects for answers in the person's own language, then in any other; None for no answer."""
    return (
        shortcut(turn, checkin, question)
        or _answer(turn, checkin, question)
        or _in_another_language(turn, checkin, question)
    )


def is_a_question(turn: Turn, checkin: OpenCheckin) -> bool:
    """Whether the text asks something; "maybe a 4?" does not."""
    text = turn.inbound.text
    asked = checkin.asked_questions()
    is_marked = text.rstrip().endswith(("?", "؟"))
    return is_marked and not is_an_answer_in_doubt(text, asked, turn.answer_words)


def shortcut(
    turn: Turn, checkin: OpenCheckin, question: CheckinQuestion | None
) -> Sequence[Effect] | None:
    """ "All good" and "same as yesterday"; never for what has to be answered one by one."""
    said, text = turn.answer_words, turn.inbound.text
    is_text = question is not None and question.kind is QuestionKind.TEXT
    if checkin.questionnaire.is_private or is_text:
        return None
    if said.says_only("same", text):
        return _same(turn, checkin)
    if not said.says_only("all_good", text) or _is_of_one(turn, checkin):
        return None
    left = [q for q in checkin.asked_questions() if q.id not in checkin.answers]
    values = {q.id: q.best for q in left if q.best is not None}
    return keep(turn, checkin, values) if values else None


def _is_of_one(turn: Turn, checkin: OpenCheckin) -> bool:
    """A bare "good" in the midst of a check-in answers the question that waits, not all others."""
    return bool(checkin.answers) and plain(turn.inbound.text) in turn.answer_words.levels


def _same(turn: Turn, checkin: OpenCheckin) -> Sequence[Effect]:
    left = [q for q in checkin.asked_questions() if q.id not in checkin.answers]
    values = {
        q.id: checkin.previous[q.id]
        for q in left
        if not q.logs_dose and checkin.previous.get(q.id, "text") not in ("text", SKIPPED)
    }
    if values:
        return keep(turn, checkin, values)
    following = checkin.next_question() or checkin.asked_questions()[0]
    return [checkin_prompt(checkin, following, template="checkin-no-earlier")]


def _answer(turn: Turn, checkin: OpenCheckin, question: CheckinQuestion) -> Sequence[Effect] | None:
    text, words, said = turn.inbound.text, turn.words, turn.answer_words
    asked = checkin.asked_questions()
    remaining = asked[asked.index(question) :]
    if question.kind is QuestionKind.TEXT:
        named = understand(text, asked, said)
        if isinstance(named, Understood) and named.is_exact:
            return keep(turn, checkin, named.values)
        if says_in_any(turn, "yes"):
            return [checkin_prompt(checkin, question, template="checkin-write-it")]
    else:
        line = several(turn, checkin, remaining)
        if isinstance(line, OutOfRange):
            return [checkin_prompt(checkin, line.question, template="checkin-out-of-range")]
        if line is not None:
            return keep(turn, checkin, line)
    single = parse_answer(text, question, words, said)
    if isinstance(single, str):
        return keep(turn, checkin, {question.id: single})
    meant = run_of_digits(text, remaining)
    if meant is not None:
        return confirm(turn, checkin, meant)
    return refused(checkin, single) or _sentence(turn, checkin, question)


def several(
    turn: Turn, checkin: OpenCheckin, remaining: Sequence[CheckinQuestion]
) -> dict[str, str] | OutOfRange | None:
    """Several answers in order; a "Y" before them is no harm when the capsule is known already."""
    text, words, said = turn.inbound.text, turn.words, turn.answer_words
    line = parse_line(text, remaining, words, said)
    if line is not None or any(q.logs_dose for q in remaining):
        return line
    dose = next((q for q in checkin.questionnaire.questions if q.logs_dose), None)
    first, _, others = text.strip().partition(" ")
    if dose is None or parse_answer(first.rstrip(",;"), dose, words, said) != "yes":
        return None
    return parse_line(others, remaining, words, said)


def refused(checkin: OpenCheckin, single: object) -> Sequence[Effect] | None:
    """What is asked again because the number does not fit; None when it was no such number."""
    if isinstance(single, OutOfRange):
        return [checkin_prompt(checkin, single.question, template="checkin-out-of-range")]
    if isinstance(single, NotWhole):
        prompt = checkin_prompt(checkin, single.question, template="checkin-not-whole")
        numbers = {"below": single.below, "above": single.above}
        said = {**prompt.variables, **numbers}
        return [Say(template=prompt.template, variables=said, options=prompt.options)]
    return None


def _sentence(
    turn: Turn, checkin: OpenCheckin, question: CheckinQuestion
) -> Sequence[Effect] | None:
    """What a sentence says is shown first, and kept after a yes."""
    if turn.answer_words.finds("hopes", turn.inbound.text) is not None:
        return None
    found = understand(
        turn.inbound.text,
        checkin.asked_questions(),
        turn.answer_words,
        awaited=question,
        answered=checkin.answers,
    )
    if isinstance(found, OutOfRange):
        return [checkin_prompt(checkin, found.question, template="checkin-out-of-range")]
    if found is None:
        return None
    return keep(turn, checkin, found.values, is_sure=found.is_exact)


def _in_another_language(
    turn: Turn, checkin: OpenCheckin, question: CheckinQuestion
) -> Sequence[Effect] | None:
    """ "Cuatro" to an English question; a sentence only if every word of it is understood."""
    if question.kind is QuestionKind.TEXT:
        return None
    asked = checkin.asked_questions()
    for words, said in turn.other_words:
        single = parse_answer(turn.inbound.text, question, words, said)
        if isinstance(single, str):
            return keep(turn, checkin, {question.id: single})
        found = understand(
            turn.inbound.text, asked, said, awaited=question, answered=checkin.answers
        )
        if isinstance(found, Understood) and found.is_whole:
            return confirm(turn, checkin, found.values)
    return None


def says_in_any(turn: Turn, meaning: str) -> bool:
    """Whether the whole text is a word for `meaning` in any language; "noo" is a "no"."""
    said = {turn.said, _DRAWN_OUT.sub(r"\1", turn.said)}
    known = (turn.words, *(words for words, _ in turn.other_words))
    return any(said & words.words(meaning) for words in known)


def keep(
    turn: Turn, checkin: OpenCheckin, values: Mapping[str, str], *, is_sure: bool = True
) -> Sequence[Effect]:
    """The answers are kept if they are sure, else shown first.

    What was shown before and got neither a yes nor another answer is shown again with them.
    """
    asked = turn.asked(Asking.CHECKIN)
    shown = _waits_for_yes(asked, checkin)
    unanswered = {one: value for one, value in shown.items() if one not in values}
    if unanswered or not is_sure:
        return confirm(turn, checkin, {**unanswered, **values})
    return record(turn, checkin, values)


def _waits_for_yes(asked: Question | None, checkin: OpenCheckin) -> dict[str, str]:
    if asked is None or asked.data.get("occurrence") != checkin.occurrence.id:
        return {}
    return understood_in(asked)


def confirm(turn: Turn, checkin: OpenCheckin, values: Mapping[str, str]) -> Sequence[Effect]:
    """Show what was understood, and wait for a yes."""
    return [
        checkin_understood(checkin, values),
        Ask(question=waiting(turn, checkin, understood=values)),
    ]
