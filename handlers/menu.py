"""What follows when a person asks what Balm can do, or wants a human."""

from collections.abc import Sequence

from bot.domain.effect import Effect, Option, RaiseAlert, Say
from bot.domain.escalation import Urgency
from bot.domain.turn import Turn


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for menu, help and CALL ME, or None."""
    if turn.patient is not None and (turn.action == "call-me" or turn.says("call-me")):
        return [
            RaiseAlert(category="call-me", urgency=Urgency.TASK, note="asked-for-a-call"),
            Say(template="call-me-noted"),
        ]
    if turn.action == "menu" or turn.says("menu") or turn.says("start-bare"):
        return [menu(turn)]
    if turn.action == "help" or turn.says("help"):
        return [Say(template="help", options=_rows(("menu",)))]
    return None


def menu(turn: Turn) -> Say:
    """The menu that fits the person: fewer entries for a stranger."""
    if turn.patient is None:
        return Say(template="menu-stranger", options=_rows(("learn", "language")))
    return Say(
        template="menu",
        options=_rows(("learn", "checkin"), ("pause", "language"), ("call-me", "help")),
    )


def _rows(*rows: tuple[str, ...]) -> tuple[tuple[Option, ...], ...]:
    return tuple(tuple(Option(label=name, action=name) for name in row) for row in rows)
