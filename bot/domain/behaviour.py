"""How does a simulated patient answer what appears on the phone? Pure.

A person here sees nothing but the screen: a text, its buttons, and whether it asks about a capsule
or about how they feel. Chance comes from a seed, so the same person lives the same life twice.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum

from bot.domain.message_kind import MessageKind
from bot.domain.questionnaire import CheckinQuestion, QuestionKind

_MOST = {"lips": 6, "skin": 4, "eyes": 3}
"""How bad a symptom gets over the first weeks on this made-up course, from 0 to 10."""
_TRUE = frozenset({"dose", "started", "contraception"})
"""Questions to which yes is the answer of somebody to whom nothing bad happens."""
_NUMBERS = {"weight": 62}
"""Answers to questions for a number that are not simply the lowest."""
_MINUTE = timedelta(minutes=1)
_NEXT_ANSWER = timedelta(seconds=20)


class Deed(StrEnum):
    """What can happen in a life besides answering."""

    ASK = "ask"
    BLOCK = "block"
    CHANGE_NUMBER = "change-number"
    MOVE = "move"
    STOP = "stop"
    START = "start"
    TELL_PREGNANT = "tell-pregnant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that a person does by themselves, on a local day and hour."""

    day: int
    """Days since the first capsule."""
    at: time
    does: Deed
    zone: str = ""
    """With MOVE: the IANA zone of the new home."""
    line: int = 0
    """With ASK: which of the lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How one kind of simulated patient lives; shares are parts of 100."""

    name: str
    about: str
    minutes: tuple[int, int]
    """The shortest and the longest time to an answer."""
    taken: int = 0
    taken_after_nudge: int = 0
    later: int = 0
    not_today: int = 0
    checkin: int = 0
    is_wordy: bool = False
    """Types sentences instead of pressing buttons."""
    missed_windows: frozenset[int] = frozenset()
    """Which windows of the course pass unused, counted from 1."""
    events: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What a simulated person types, in one language."""

    taken: str
    later: str
    not_today: str
    yes: str
    no: str
    stop: str
    start: str
    ready: str
    """That the person is alone, and a private check-in may open."""
    pregnant: str
    took_it: tuple[str, ...]
    asks: tuple[str, ...]
    feelings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A choice below a message: what it stands for, and its label."""

    action: str
    label: str

    @property
    def parts(self) -> list[str]:
        """ "checkin:ID:lips:3" in its parts."""
        return self.action.split(":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message as the person sees it."""

    kind: MessageKind
    day: int
    """Days since the first capsule; negative before it."""
    buttons: tuple[Button, ...] = ()
    question: CheckinQuestion | None = None
    """The question of a check-in that it puts."""
    line: tuple[CheckinQuestion, ...] = ()
    """What one line may answer at once: the question and those that surely follow it."""
    announces_private: bool = False
    """It says that a private check-in waits until the patient is alone."""
    asks_if_right: bool = False
    """It shows what was understood of a sentence."""

    @property
    def is_about_day(self) -> bool:
        """Whether it belongs to a check-in and asks for something."""
        return self.question is not None or self.announces_private or self.asks_if_right


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Press the newest button of this purpose with this label."""

    purpose: str
    """What its action begins with: "taken", "checkin"."""
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Type a text; the newest phone is meant."""

    text: str = field(repr=False)


Move = Press | Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One simulated patient."""

    behaviour: Behaviour
    lines: Lines
    seed: int

    def answers(self, heard: Heard) -> list[tuple[timedelta, Move]]:
        """What the person does about a message, each with the time that passes before it."""
        purposes = {button.parts[0] for button in heard.buttons}
        if heard.kind in (MessageKind.DOSE, MessageKind.NUDGE):
            return self._about_capsule(heard)
        if "reason" in purposes:
            return [(_MINUTE, self._press(heard, "reason", "forgot"))]
        return self._about_day(heard) if heard.is_about_day else []

    def chance(self, *about: object) -> float:
        """A number from 0 to 1 (1 excluded), always the same for the same person and subject."""
        text = "/".join(str(part) for part in (self.seed, *about))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / (1 << 48)

    def _about_capsule(self, heard: Heard) -> list[tuple[timedelta, Move]]:
        habits = self.behaviour
        said = self.chance("capsule", heard.day) * 100
        wait = self._wait("capsule", heard)
        if said < habits.taken:
            return [(wait, self._taken(heard))] if heard.kind is MessageKind.DOSE else []
        said -= habits.taken
        if said < habits.taken_after_nudge:
            return [(wait, self._taken(heard))] if heard.kind is MessageKind.NUDGE else []
        said -= habits.taken_after_nudge
        if heard.kind is MessageKind.NUDGE:
            return []
        if said < habits.later:
            return [(wait, self._say(heard, "later", self.lines.later))]
        if said < habits.later + habits.not_today:
            return [(wait, self._say(heard, "not-today", self.lines.not_today))]
        return []

    def _about_day(self, heard: Heard) -> list[tuple[timedelta, Move]]:
        if self.chance("day", heard.day) * 100 >= self.behaviour.checkin:
            return []
        is_first = heard.kind is MessageKind.CHECKIN
        wait = self._wait("day", heard) if is_first else _NEXT_ANSWER
        if heard.announces_private:
            return [(wait, self._choose(heard, "checkin-open", self.lines.ready))]
        if heard.asks_if_right:
            return [(wait, self._choose(heard, "checkin-right", self.lines.yes))]
        if self.behaviour.is_wordy and is_first:
            return [(wait, Write(text=self._one_of(self.lines.feelings, "feelings", heard)))]
        return [(wait, self._answer(heard))]

    def _answer(self, heard: Heard) -> Move:
        """A button where there is one; else one line with all that can be said at once."""
        assert heard.question is not None
        value = self._value(heard.question, heard)
        for button in heard.buttons:
            is_typed = self.behaviour.is_wordy and heard.question.kind is not QuestionKind.TEXT
            if button.parts[0] == "checkin" and button.parts[3] == value and not is_typed:
                return Press(purpose="checkin", label=button.label)
        asked = heard.line if not heard.buttons and len(heard.line) > 1 else (heard.question,)
        return Write(text=" ".join(self._typed(one, heard) for one in asked))

    def _choose(self, heard: Heard, purpose: str, word: str) -> Move:
        has_button = any(button.parts[0] == purpose for button in heard.buttons)
        return self._press(heard, purpose, "") if has_button else Write(text=word)

    def _value(self, question: CheckinQuestion, heard: Heard) -> str:
        """The coded answer of somebody to whom nothing bad happens."""
        match question.kind:
            case QuestionKind.YES_NO:
                return "yes" if question.id in _TRUE else "no"
            case QuestionKind.SCALE:
                return str(self._feeling(question.id, heard))
            case QuestionKind.CHOICE:
                return question.choices[0]
            case QuestionKind.NUMBER:
                return str(_NUMBERS.get(question.id, question.minimum))
            case QuestionKind.TEXT | QuestionKind.PHOTO:
                return "none"

    def _typed(self, question: CheckinQuestion, heard: Heard) -> str:
        """The same answer as it is typed: a choice by its number in the list."""
        value = self._value(question, heard)
        if question.kind is QuestionKind.CHOICE and not value.isdecimal():
            return str(question.choices.index(value) + 1)
        words = {"yes": self.lines.yes, "no": self.lines.no, "none": self.lines.no}
        return words.get(value, value)

    def _feeling(self, question: str, heard: Heard) -> int:
        """Drier from week to week until the sixth, with better and worse days."""
        worst = _MOST.get(question, 2)
        usual = worst * min(max(heard.day, 0), 42) / 42
        swing = self.chance(question, heard.day) * 2 - 1
        return max(0, min(10, round(usual + swing)))

    def _taken(self, heard: Heard) -> Move:
        return self._say(heard, "taken", self.lines.taken)

    def _say(self, heard: Heard, purpose: str, word: str) -> Move:
        if self.behaviour.is_wordy and purpose == "taken":
            return Write(text=self._one_of(self.lines.took_it, "took", heard))
        return self._press(heard, purpose, "") if heard.buttons else Write(text=word)

    def _press(self, heard: Heard, purpose: str, value: str) -> Press:
        wanted = [b for b in heard.buttons if b.parts[0] == purpose]
        chosen = next((b for b in wanted if value and b.parts[-1] == value), wanted[0])
        return Press(purpose=purpose, label=chosen.label)

    def _wait(self, subject: str, heard: Heard) -> timedelta:
        shortest, longest = self.behaviour.minutes
        share = self.chance("wait", subject, heard.kind, heard.day)
        return timedelta(seconds=round(60 * (shortest + share * (longest - shortest))))

    def _one_of(self, lines: Sequence[str], subject: str, heard: Heard) -> str:
        return lines[int(self.chance(subject, heard.day) * len(lines))]
