"""Why are these patients meant, and those not? In words for the author of a campaign. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.audience.fields import Values
from bot.domain.audience.rule import Rule, tests_of, truth


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCount:
    """How one comparison of the rule came out over all patients."""

    said: str
    true: int
    false: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How many of how many fit, and what each comparison of the rule did to that."""

    matches: int
    patients: int
    undecided: int
    """Left out only because something is not known of them."""
    tests: tuple[TestCount, ...]

    def words(self) -> str:
        """One line, such as "matches 41 of 212: week <= 6 holds for 60 (3 unknown)"."""
        parts = [
            f"“{test.said}” holds for {test.true}"
            + (f" ({test.unknown} not known)" if test.unknown else "")
            for test in self.tests
        ]
        because = f": {', '.join(parts)}" if parts else ": the rule is for everybody"
        return f"matches {self.matches} of {self.patients}{because}"


class Tally:
    """Counts how a rule divides patients who come by one after the other."""

    def __init__(self, rule: Rule) -> None:
        """Nobody has come yet."""
        self._rule = rule
        self._tests = list(tests_of(rule))
        self._counts: list[Counter[bool | None]] = [Counter() for _ in self._tests]
        self._answers: Counter[bool | None] = Counter()

    def add(self, values: Values) -> None:
        """One more patient."""
        self._answers[truth(self._rule, values)] += 1
        for test, count in zip(self._tests, self._counts, strict=True):
            count[truth(test, values)] += 1

    def explanation(self) -> Explanation:
        """How the rule divided those who came."""
        return Explanation(
            matches=self._answers[True],
            patients=self._answers.total(),
            undecided=self._answers[None],
            tests=tuple(
                TestCount(said=test.said, true=n[True], false=n[False], unknown=n[None])
                for test, n in zip(self._tests, self._counts, strict=True)
            ),
        )


def explain(rule: Rule, patients: Iterable[Values]) -> Explanation:
    """How `rule` divides `patients`."""
    tally = Tally(rule)
    for values in patients:
        tally.add(values)
    return tally.explanation()
