"""What was understood of a message: its danger, a wish to stop, the topic asked about. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum


class Certainty(StrEnum):
    """CERTAIN sends the fixed emergency message; POSSIBLE asks one safety question."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


class Level(StrEnum):
    """How fast a person must look."""

    EMERGENCY = "emergency"
    SAME_DAY = "urgent-same-day"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlag:
    """A danger found in a message; category ids are the file names of content/triage."""

    category: str
    level: Level
    certainty: Certainty
    score: float
    why: str = field(repr=False)
    """Layer and phrase that fired, for `balm ask` and the clinic; holds words of the patient."""


class StopAction(StrEnum):
    """What an opt-out-like message means."""

    OPT_OUT = "opt_out"
    PAUSE_TOPIC = "pause_topic"
    QUESTION = "question"
    RED_FLAG = "redflag"
    CLARIFY = "clarify"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReading:
    """A wish to hear less or nothing; `is_keyword` when the message is a bare keyword."""

    action: StopAction
    is_keyword: bool = False
    pause_kind: str | None = None
    """Which messages to pause: dose, checkin, learning or all."""
    pause_days: int | None = None


class FaqDecision(StrEnum):
    """What to do with a question."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    ABSTAIN = "abstain"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqMatch:
    """The ranking of topics for a message, best first, and what follows from it."""

    decision: FaqDecision
    topics: tuple[str, ...] = ()
    score: float = 0.0
    reply: str | None = None
    """Id of a small-talk or clinic-business reply; goes with ABSTAIN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One message read once by all three; handlers never call a matcher themselves."""

    stop: StopReading | None = None
    red_flag: RedFlag | None = None
    faq: FaqMatch = FaqMatch(decision=FaqDecision.ABSTAIN)
