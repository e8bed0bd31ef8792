"""Which coded value is a text, as an answer to one question or to several in order? Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.answer_words import AnswerWords, plain
from bot.domain.questionnaire import CheckinQuestion, QuestionKind
from bot.domain.vocabulary import Vocabulary

_LIST_MARKS = re.compile(r"[\s,;/|]+")
_DECIMAL = re.compile(r"\d{1,3}[.,]\d{1,2}")
_DASHED = re.compile(r"\d{1,2}(?:[-.]\d{1,2}){2,}")
""" "2-1-0-4" is a line of answers, not a number."""
_WHOLE = re.compile(r"-?\d{1,3}")
_LONGEST_NUMBER = 3
_TWO = 2
_IN_DOUBT = re.compile(r"[\s?!.+~]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfRange:
    """A number was given that the question does not have."""

    question: CheckinQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class NotWhole:
    """A number between two whole ones, or two numbers, were given where only one counts."""

    question: CheckinQuestion
    below: int
    above: int


Parsed = str | OutOfRange | NotWhole | None


def parse_answer(
    text: str, question: CheckinQuestion, words: Vocabulary, said: AnswerWords
) -> Parsed:
    """The coded value of `text` as an answer to `question`; None when it is not one.

    A scale takes a number, a number word, "7/10" or "7 out of 10"; yes, no and choices take words
    of the person's language. Free text is coded "text", and a word for "nothing" as "none".
    """
    token = plain(text)
    match question.kind:
        case QuestionKind.TEXT:
            is_nothing = _is_in(text, words, "nothing", "no") or said.says_only("all_good", text)
            return "none" if is_nothing else "text"
        case QuestionKind.YES_NO:
            return _yes_no(text, words)
        case QuestionKind.CHOICE:
            return _choice(token, question, words)
        case QuestionKind.PHOTO:
            return None
        case QuestionKind.SCALE | QuestionKind.NUMBER:
            if question.best is not None and _is_in(text, words, "nothing"):
                return question.best
            between = _between(text, question, words, said)
            bare = _IN_DOUBT.sub("", _without_scale(token, question, said))
            return between or _number(bare, question, words)


def is_value(value: str, question: CheckinQuestion) -> bool:
    """Whether `value` is a coded answer that a button of `question` stands for."""
    match question.kind:
        case QuestionKind.YES_NO:
            return value in ("yes", "no")
        case QuestionKind.SCALE:
            return value in map(str, range(question.minimum, question.maximum + 1))
        case QuestionKind.CHOICE:
            return value in question.choices
        case QuestionKind.NUMBER | QuestionKind.PHOTO:
            return False
        case QuestionKind.TEXT:
            return value == "none"


def parse_line(
    text: str, questions: Sequence[CheckinQuestion], words: Vocabulary, said: AnswerWords
) -> dict[str, str] | OutOfRange | None:
    """Several answers in one line, such as "Y 2 1 0 4", in the order of `questions`.

    None unless there are at least two tokens and every one answers its question. Free text
    takes the rest of the line. "2,5" and "2/10" are one number, not two; "3-4" is none.
    """
    stripped = text.strip()
    if _DASHED.fullmatch(stripped):
        stripped = re.sub(r"[-.]", " ", stripped)
    if _DECIMAL.fullmatch(stripped) or re.fullmatch(r"\d+\s*/\s*\d+", stripped):
        return None
    tokens = [token for token in _LIST_MARKS.split(stripped) if token]
    if len(tokens) < 2:
        return None
    answers: dict[str, str] = {}
    for position, question in enumerate(questions):
        rest = tokens[position:]
        if not rest:
            return answers
        if question.kind is QuestionKind.TEXT:
            answers[question.id] = str(parse_answer(" ".join(rest), question, words, said))
            return answers
        value = parse_answer(rest[0], question, words, said)
        if not isinstance(value, str):
            return value if isinstance(value, OutOfRange) and answers else None
        answers[question.id] = value
    return answers if len(tokens) == len(questions) else None


def run_of_digits(text: str, questions: Sequence[CheckinQuestion]) -> dict[str, str] | None:
    """ "2104" as one digit for each of the next scales, or None; to be confirmed."""
    token = plain(text)
    scales = [q for q in questions if q.kind is QuestionKind.SCALE]
    if not token.isdecimal() or len(token) != len(scales) or len(token) < _LONGEST_NUMBER:
        return None
    return dict(zip((q.id for q in scales), token, strict=True))


def _yes_no(text: str, words: Vocabulary) -> str | None:
    if _is_in(text, words, "yes"):
        return "yes"
    return "no" if _is_in(text, words, "no") else None


def _is_in(text: str, words: Vocabulary, *meanings: str) -> bool:
    token = plain(text)
    return any(token in map(plain, words.words(meaning)) for meaning in meanings)


def _choice(token: str, question: CheckinQuestion, words: Vocabulary) -> Parsed:
    number = int(token) if token.isdecimal() and len(token) <= 2 else words.number(token)
    if number is None:
        return token if token in question.choices else None
    if str(number) in question.choices:
        return str(number)
    if any(choice.isdecimal() for choice in question.choices):
        return OutOfRange(question=question)
    if 1 <= number <= len(question.choices):
        return question.choices[number - 1]
    return OutOfRange(question=question)


def _without_scale(token: str, question: CheckinQuestion, said: AnswerWords) -> str:
    """ "7/10" and "7 out of 10" without their second part."""
    plain_fraction = re.fullmatch(rf"(-?\d+)\s*/\s*{question.maximum}", token)
    if plain_fraction:
        return plain_fraction[1]
    phrases = sorted(said.phrases.get("out_of", ()), key=len, reverse=True)
    for phrase in phrases:
        one = re.fullmatch(rf"(.+?) {re.escape(phrase)} {question.maximum}", token)
        other = re.fullmatch(rf"{question.maximum} {re.escape(phrase)} (.+)", token)
        if one or other:
            return (one or other)[1]  # type: ignore[index]  # one of them matched
    return token


def _number(token: str, question: CheckinQuestion, words: Vocabulary) -> Parsed:
    if _DECIMAL.fullmatch(token):
        return _decimal(token.replace(",", "."), question)
    number = int(token) if _WHOLE.fullmatch(token) else words.number(token)
    if number is None:
        is_long = token.lstrip("-").isdecimal()
        return OutOfRange(question=question) if is_long else None
    if not question.minimum <= number <= question.maximum:
        return OutOfRange(question=question)
    return str(number)


def _between(
    text: str, question: CheckinQuestion, words: Vocabulary, said: AnswerWords
) -> NotWhole | None:
    """ "Between 3 and 4", "3-4", "3 or 4", "two and a half": one of the two has to be chosen."""
    shown = plain(text).strip(" ?.!,")
    phrases = sorted(said.phrases.get("and_a_half", ()), key=len, reverse=True)
    for phrase in phrases:
        whole = words.number(shown.removesuffix(f" {phrase}")) if shown.endswith(phrase) else None
        if whole is not None and question.minimum <= whole < question.maximum:
            return NotWhole(question=question, below=whole, above=whole + 1)
    ends = [words.number(one) for one in _ends(shown, said)]
    numbers = [one for one in ends if one is not None]
    if len(numbers) != _TWO or len(ends) != _TWO:
        return None
    below, above = sorted(numbers)
    is_in = question.minimum <= below < above <= question.maximum
    return NotWhole(question=question, below=below, above=above) if is_in else None


def _ends(shown: str, said: AnswerWords) -> Sequence[str]:
    """The two ends of a range, with the words around them taken off."""
    for word in sorted(said.phrases.get("between", ()), key=len, reverse=True):
        shown = f" {shown} ".replace(f" {word} ", " ").strip()
    for word in said.phrases.get("range_joins", ()):
        ends = shown.split(f" {word} ")
        if len(ends) == _TWO:
            return ends
    return re.split(r"\s*[-–~]\s*", shown) if re.fullmatch(r"\d+\s*[-–~]\s*\d+", shown) else ()


def _decimal(token: str, question: CheckinQuestion) -> Parsed:
    whole, _, part = token.partition(".")
    if not question.minimum <= float(token) <= question.maximum:
        return OutOfRange(question=question)
    if not part.strip("0"):
        return whole
    if len(part) > question.decimals:
        return NotWhole(question=question, below=int(whole), above=int(whole) + 1)
    return token
