"""What follows when somebody is alone and wants to read what a discreet text announced."""

from collections.abc import Sequence

from bot.domain.effect import Effect, Say
from bot.domain.turn import Turn

MOST_AT_ONCE = 3
"""More than this at once nobody reads; the newest come first."""


def handle(turn: Turn) -> Sequence[Effect] | None:
    """The full words of what was announced lately, or None if this turn does not ask for them."""
    if turn.patient is None or not (turn.action == "ready" or turn.says("ready")):
        return None
    seen: set[str] = set()
    said: list[Effect] = []
    for notice in turn.notices:
        full = notice.variables.get("full")
        if full and full not in seen and len(said) < MOST_AT_ONCE:
            seen.add(full)
            said.append(Say(template=full, variables=notice.variables))
    return said or [Say(template="programme-nothing-ready")]
