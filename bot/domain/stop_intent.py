"""Does a message ask to hear less or nothing, and of what? Pure.

Carrier keywords are recognised by themselves; everything else is read by a classifier. A message
about stopping the medicine is a question, never an opt-out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.danger.words import Words, words_of
from bot.domain.reading import RedFlag, StopAction, StopReading
from bot.domain.stop_model import OTHER, StopClassifier

_LONGEST = 60
"""Words; a longer message is no opt-out but a story, which the other readers understand."""
_LONGEST_PAUSE_DAYS = 60
_ALL = "all"
_LONGEST_PLAIN = 16
_LONGEST_UNCLEAR = 4
_HEARD = 0.3
"""Below this score nothing is understood as a wish."""
_CLOSE = 0.25
_WISHED = 0.35
_SURE = 0.5
_SURELY_DANGEROUS = 0.7
_FOREIGN = 0.6
"""From this score on a message is surely about something else."""
# Concepts of content/triage/stop/_lexicon.yaml.
_PAUSABLE = frozenset({"duration", "pausing", "partly", "part"})
_ABOUT_TREATMENT = frozenset({"medicine", "body", "appointment"})
_ABOUT_MESSAGES = frozenset({"message", "stopping", "unsubscribing", "pausing", "partly", "part"})
_DANGEROUS = frozenset({"death"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWords:
    """Words around a wish to hear less, as content/triage/stop/_words.yaml lists them."""

    keywords: frozenset[str]
    also_stop: frozenset[str]
    polite: frozenset[str]
    kinds: Mapping[str, frozenset[str]]
    only: frozenset[str]
    days: Mapping[str, int]
    numbers: Mapping[str, int]
    weekdays: Mapping[str, int]
    """0 is Monday."""
    until: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class StopModel:
    """The words and the fitted classifier."""

    words: StopWords
    classifier: StopClassifier


def read(text: str, model: StopModel, *, today: date | None = None) -> StopReading | None:
    """The wish to hear less in `text`, or None for anything else.

    `today` is the patient's local date; without it "until Monday" gives no number of days.
    """
    words = words_of(text)
    if not words.tokens or len(words.tokens) > _LONGEST:
        return None
    if is_bare_stop(words, model.words):
        is_keyword = len(words.tokens) == 1 and words.tokens[0] in model.words.keywords
        return StopReading(action=StopAction.OPT_OUT, is_keyword=is_keyword)
    action = _action(words, model)
    if action is None or action is StopAction.RED_FLAG:
        return None
    if action is StopAction.PAUSE_TOPIC:
        return StopReading(
            action=action,
            pause_kind=pause_kind(words.tokens, model.words),
            pause_days=pause_days(words.tokens, model.words, today=today),
        )
    return StopReading(action=action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an opt-out-like message means, in one word."""

    action: StopAction
    red_flag: RedFlag | None
    pause_kind: str | None = None
    pause_days: int | None = None


def meaning(text: str, model: StopModel, *, red_flag: RedFlag | None) -> Meaning:
    """What an opt-out-like message means; anything that asks nothing of us is a question.

    `red_flag` is what triage says of the same text. It goes before all but a plain wish to hear
    less, which in the conversation is carried out beside it.
    """
    reading = read(text, model)
    is_plain = reading is not None and reading.action in (
        StopAction.OPT_OUT,
        StopAction.PAUSE_TOPIC,
    )
    scores = model.classifier.scores(words_of(text))
    looks_dangerous = scores[StopAction.RED_FLAG] >= _SURELY_DANGEROUS
    if (red_flag is not None and not is_plain) or looks_dangerous:
        return Meaning(action=StopAction.RED_FLAG, red_flag=red_flag)
    if reading is None:
        return Meaning(action=StopAction.QUESTION, red_flag=red_flag)
    return Meaning(
        action=reading.action,
        red_flag=red_flag,
        pause_kind=reading.pause_kind,
        pause_days=reading.pause_days,
    )


def is_bare_stop(words: Words, known: StopWords) -> bool:
    """Whether nothing is said but a stop word, once or often, with or without politeness."""
    joined = " ".join(token for token in words.tokens if token not in known.polite)
    if joined in known.keywords or joined in known.also_stop:
        return True
    stops = known.keywords | known.also_stop
    said = joined.split()
    return bool(said) and all(token in stops for token in said)


def pause_kind(tokens: Sequence[str], known: StopWords) -> str | None:
    """Which kind of message is meant: one named kind, "all", or None when only others are kept."""
    named = [kind for kind, forms in known.kinds.items() if any(token in forms for token in tokens)]
    if any(token in known.only for token in tokens):
        return None
    return named[0] if len(named) == 1 else _ALL if not named else None


def pause_days(tokens: Sequence[str], known: StopWords, *, today: date | None) -> int | None:
    """For how many days to be silent, where the message says so; at most 60."""
    for at, token in enumerate(tokens):
        if token in known.days:
            before = tokens[at - 1] if at else ""
            number = int(before) if before.isdecimal() else known.numbers.get(before, 1)
            return min(max(number * known.days[token], 1), _LONGEST_PAUSE_DAYS)
    if today is not None and any(token in known.until for token in tokens):
        for token in tokens:
            if token in known.weekdays:
                return days_until(known.weekdays[token], today)
    return None


def days_until(weekday: int, today: date) -> int:
    """Days from `today` to the next such weekday, 1 to 7 (0 is Monday)."""
    tomorrow = today + timedelta(days=1)
    return 1 + (weekday - tomorrow.weekday()) % 7


def _top(scores: Mapping[str, float]) -> str:
    return max(scores, key=lambda meaning: scores[meaning])


def _action(words: Words, model: StopModel) -> StopAction | None:
    """What the classifier says, kept within what the concepts of the message allow."""
    scores = model.classifier.scores(words)
    said = frozenset(
        part for concept in model.classifier.concepts(words) for part in concept.split("|")
    )
    top = _top(scores)
    if scores[StopAction.RED_FLAG] >= _SURE or said & _DANGEROUS:
        return StopAction.OPT_OUT if top == StopAction.OPT_OUT else None
    ends = said & {"stopping", "removing"}
    leaves = "unsubscribing" in said or ("unasked" in said and ends)
    if leaves and scores[OTHER] < _FOREIGN and not said & (_PAUSABLE | _ABOUT_TREATMENT):
        return StopAction.OPT_OUT
    if len(words.tokens) <= _LONGEST_PLAIN and scores[OTHER] < _FOREIGN:
        plain = _plain(said, scores)
        if plain is not None:
            return plain
    if top == StopAction.OPT_OUT:
        return _allowed_opt_out(said, scores)
    if scores[top] < _HEARD or top in (OTHER, StopAction.RED_FLAG):
        return None
    if top == StopAction.PAUSE_TOPIC:
        return StopAction.PAUSE_TOPIC if said & _ABOUT_MESSAGES else None
    needed = _HEARD if len(words.tokens) <= _LONGEST_UNCLEAR else _SURE
    is_clear = scores[top] >= needed and not said & _ABOUT_TREATMENT
    return StopAction.CLARIFY if is_clear else None


def _plain(said: frozenset[str], scores: Mapping[str, float]) -> StopAction | None:
    """A wish that the named concepts alone make clear, however unusual its wording."""
    wishes = 1.0 - scores[OTHER]
    ends = bool(said & {"stopping", "removing"})
    if "message" in said and not said & (_PAUSABLE | _DANGEROUS):
        if wishes > _WISHED and "anger" in said:
            return StopAction.OPT_OUT
        if ends and ("asks" not in said or not said & _ABOUT_TREATMENT):
            return StopAction.OPT_OUT
        if "negation" in said and wishes > _WISHED and not said & (_ABOUT_TREATMENT | {"asks"}):
            return StopAction.OPT_OUT
    is_pausing = ends or said & {"negation", "pausing"}
    if said & _PAUSABLE and is_pausing and not said & (_ABOUT_TREATMENT | {"asks"}):
        return StopAction.PAUSE_TOPIC if scores[StopAction.PAUSE_TOPIC] > _CLOSE else None
    return None


def _allowed_opt_out(said: frozenset[str], scores: Mapping[str, float]) -> StopAction | None:
    ends = said & {"stopping", "removing", "unsubscribing"}
    if (said & _ABOUT_TREATMENT and "message" not in said) or ("asks" in said and not ends):
        return None
    if said & {"duration", "partly", "part"} and scores[StopAction.PAUSE_TOPIC] > _CLOSE:
        return StopAction.PAUSE_TOPIC
    if not said & {"message", "stopping", "removing", "unsubscribing"}:
        return None if scores[StopAction.OPT_OUT] < _SURE else StopAction.CLARIFY
    return StopAction.OPT_OUT
