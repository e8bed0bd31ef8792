"""Which figure has which goal, and was it met?"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
}
NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure should be; `only_from` messages on, where fewer say nothing."""

    sign: str
    bound: float
    only_from: int = 0

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.sign} {self.bound:g}"


_NOTHING = Goal(sign="=", bound=0)
GOALS: Mapping[str, Goal] = {
    "sqlite_one_process.per_second": Goal(sign=">=", bound=1_000),
    "sqlite_one_process.cpu_s_per_1000": Goal(sign="<=", bound=0.8),
    "postgres_four_workers.per_second": Goal(sign=">=", bound=2_500),
    "postgres_four_workers.cpu_s_per_1000": Goal(sign="<=", bound=0.8),
    "postgres_four_workers.lateness_p99_s": Goal(sign="<=", bound=8, only_from=20_000),
    "delivery_only_memory.memory_mb": Goal(sign="<=", bound=110),
    "delivery_only_memory.growth_after_a_quarter_mb": Goal(sign="<=", bound=5, only_from=200_000),
    "paced.used_of_limit": Goal(sign=">=", bound=0.9),
    "paced.worst_rolling_second": Goal(sign="<=", bound=30),
    "paced_under_kills.worst_rolling_second": Goal(sign="<=", bound=30),
    "paced_under_kills.doubled_per_kill": Goal(sign="<=", bound=2),
    "paced_under_kills.doses_doubled": _NOTHING,
    "below_the_limit.lateness_p99_s": Goal(sign="<=", bound=2),
    "channels.of_bare_httpx": Goal(sign=">=", bound=0.9),
    **{
        f"{name}.{what}": _NOTHING
        for name in ("sqlite_kills", "postgres_kills", "postgres_killed", "clock_jump", "disk_full")
        for what in ("lost", "alerts_lost", "doses_doubled")
    },
}


def judged(found: Mapping[str, Mapping[str, object]]) -> Mapping[str, Mapping[str, object]]:
    """Each goal with its figure and whether it was met; null: too little was measured to say."""
    return {
        name: {"goal": str(goal), "figure": _figure(found, name), "met": _is_met(found, name, goal)}
        for name, goal in GOALS.items()
    }


def rows(found: Mapping[str, Mapping[str, object]]) -> Sequence[tuple[str, str, str, str]]:
    """Every figure as (name, figure, goal, met), for people."""
    lines = []
    for part, figures in found.items():
        for what, value in figures.items():
            name = f"{part}.{what}"
            goal = GOALS.get(name)
            met = _is_met(found, name, goal) if goal else None
            said = {True: "yes", False: "no", None: "" if goal is None else "too few to say"}[met]
            lines.append((name, _shown(value), str(goal or ""), said))
    return lines


def _figure(found: Mapping[str, Mapping[str, object]], name: str) -> object:
    part, _, what = name.partition(".")
    measured = found.get(part, {NOT_MEASURED: "left out"})
    return measured.get(what, f"not measured: {measured.get(NOT_MEASURED)}")


def _is_met(found: Mapping[str, Mapping[str, object]], name: str, goal: Goal) -> bool | None:
    figure = _figure(found, name)
    messages = found.get(name.partition(".")[0], {}).get("messages", goal.only_from)
    if not isinstance(figure, int | float) or not isinstance(messages, int):
        return None
    return _HOLDS[goal.sign](figure, goal.bound) if messages >= goal.only_from else None


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return str(value)
