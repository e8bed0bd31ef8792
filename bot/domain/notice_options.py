"""Which answers does a planned text offer as buttons? Pure."""

from collections.abc import Mapping

from bot.domain.effect import Option

STARTED, CAPSULES_HERE = "started", "capsules-here"
PICKED_UP = "picked-up"
NO_PICKUP = ("out-of-stock", "insurance", "cannot-get-there")
"""Why capsules could not be picked up; each one is somebody's work on the same day."""


def report(what: str) -> Option:
    """A button with which a patient reports something; its label has the same name."""
    return Option(label=f"report-{what}", action=f"report:{what}")


_OPTIONS: Mapping[str, tuple[tuple[Option, ...], ...]] = {
    "first-day": ((report(STARTED),),),
    "new-capsules": ((report(CAPSULES_HERE),),),
}


def options_of(message: str) -> tuple[tuple[Option, ...], ...]:
    """The buttons below the planned text of this name; most have none."""
    return _OPTIONS.get(message, ())


def pickup_options() -> tuple[tuple[Option, ...], ...]:
    """The four answers to "did you get your capsules?"."""
    return ((report(PICKED_UP),), tuple(report(why) for why in NO_PICKUP))
