"""What does an author's rule mean, and where is it wrong? Pure.

A rule reads like a sentence: `category is can-become-pregnant and week between 1 and 6`,
`language in (es, hi) or not channel is sms`, `everybody`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from rapidfuzz import process

from bot.domain.audience.fields import FIELDS, Field, FieldKind, Value
from bot.domain.audience.rule import All, AnyOf, Everybody, Known, Not, OneOf, Rule, Within

_TOKEN = re.compile(r"\s*(?:(<=|>=|[()<>=,])|([^\s()<>=,]+))")
_COMPARED: dict[str, Callable[[int], tuple[int | None, int | None]]] = {
    "<": lambda n: (None, n - 1),
    "<=": lambda n: (None, n),
    ">": lambda n: (n + 1, None),
    ">=": lambda n: (n, None),
    "=": lambda n: (n, n),
}
_LONGEST = 1_000
_DEEPEST = 20
_LIKE_ENOUGH = 60


class RuleError(ValueError):
    """A rule cannot be understood; `column` counts from 1."""

    def __init__(self, reason: str, *, column: int) -> None:
        """`reason` at `column` of the rule."""
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    text: str
    start: int
    end: int


def parse(text: str) -> Rule:
    """The rule that `text` says. Raises RuleError with the place and what would be right."""
    if len(text) > _LONGEST:
        raise RuleError(f"a rule has at most {_LONGEST} characters", column=_LONGEST)
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            _Token(
                text=found[1] or found[2].lower(),
                start=found.start(found.lastindex or 0),
                end=found.end(),
            )
            for found in _TOKEN.finditer(text)
        ]
        self._at = 0
        self._depth = 0

    def whole(self) -> Rule:
        rule = self._either()
        if self._at < len(self._tokens):
            self._fail("expected “and”, “or” or the end of the rule")
        return rule

    def _either(self) -> Rule:
        rules = [self._both()]
        while self._take("or"):
            rules.append(self._both())
        return rules[0] if len(rules) == 1 else AnyOf(rules=tuple(rules))

    def _both(self) -> Rule:
        rules = [self._one()]
        while self._take("and"):
            rules.append(self._one())
        return rules[0] if len(rules) == 1 else All(rules=tuple(rules))

    def _one(self) -> Rule:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail(f"a rule may be nested {_DEEPEST} deep at most")
        try:
            if self._take("not"):
                return Not(rule=self._one())
            if self._take("("):
                rule = self._either()
                self._need(")")
                return rule
            if self._take("everybody"):
                return Everybody()
            return self._test()
        finally:
            self._depth -= 1

    def _test(self) -> Rule:
        first = self._at
        name = self._next("the name of a fact, such as week or category")
        field = FIELDS.get(name)
        if field is None:
            self._at = first
            self._fail(f"there is no fact “{name}”{_meant(name, list(FIELDS))}")
        if self._take("is"):
            return self._is(name, field, first)
        if self._take("in"):
            values = self._listed(name, field)
            return OneOf(field=name, values=frozenset(values), said=self._said(first))
        if field.kind is not FieldKind.NUMBER:
            self._fail(f"after “{name}” comes “is” or “in (…)”")
        return self._compared(name, field, first)

    def _compared(self, name: str, field: Field, first: int) -> Rule:
        if self._take("between"):
            least = self._number(field)
            self._need("and")
            most = self._number(field)
            if most < least:
                self._at -= 1
                self._fail(f"nothing lies between {least} and {most}")
            return Within(field=name, least=least, most=most, said=self._said(first))
        sign = next((sign for sign in _COMPARED if self._take(sign)), None)
        if sign is None:
            self._fail(f"after “{name}” comes <, <=, >, >=, =, “between … and …” or “is known”")
        lowest, highest = _COMPARED[sign](self._number(field))
        return Within(field=name, least=lowest, most=highest, said=self._said(first))

    def _is(self, name: str, field: Field, first: int) -> Rule:
        is_not = self._take("not")
        if self._take("known"):
            known = Known(field=name, said=self._said(first))
            return Not(rule=known) if is_not else known
        value = self._value(name, field)
        said = self._said(first)
        test: Rule
        if field.kind is FieldKind.NUMBER:
            test = Within(field=name, least=int(value), most=int(value), said=said)
        else:
            test = OneOf(field=name, values=frozenset((value,)), said=said)
        return Not(rule=test) if is_not else test

    def _listed(self, name: str, field: Field) -> list[Value]:
        self._need("(")
        values = [self._value(name, field)]
        while self._take(","):
            values.append(self._value(name, field))
        self._need(")")
        return values

    def _value(self, name: str, field: Field) -> Value:
        if field.kind is FieldKind.NUMBER:
            return self._number(field)
        value = self._next(f"a value of “{name}”")
        if field.choices and value not in field.choices:
            self._at -= 1
            listed = ", ".join(field.choices)
            self._fail(f"“{name}” is never “{value}”; it is one of {listed}")
        return value

    def _number(self, field: Field) -> int:
        text = self._next("a whole number")
        if not re.fullmatch(r"\d{1,6}", text):
            self._at -= 1
            self._fail(f"expected a whole number, found “{text}”")
        number = int(text)
        if not field.least <= number <= field.most:
            self._at -= 1
            self._fail(f"expected a number from {field.least} to {field.most}, found {number}")
        return number

    def _next(self, wanted: str) -> str:
        if self._at == len(self._tokens):
            self._fail(f"expected {wanted}")
        token = self._tokens[self._at]
        self._at += 1
        return token.text

    def _take(self, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].text == text:
            self._at += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._take(text):
            self._fail(f"expected “{text}”")

    def _said(self, first: int) -> str:
        return self._text[self._tokens[first].start : self._tokens[self._at - 1].end].strip()

    def _fail(self, reason: str) -> NoReturn:
        is_end = self._at >= len(self._tokens)
        column = len(self._text) if is_end else self._tokens[self._at].start
        raise RuleError(reason, column=column + 1)


def _meant(name: str, known: Sequence[str]) -> str:
    best = process.extractOne(name, known, score_cutoff=_LIKE_ENOUGH)
    return f"; did you mean “{best[0]}”?" if best else f"; known are {', '.join(sorted(known))}"
