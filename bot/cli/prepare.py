"""`balm prepare`: fit the matchers now, so that the first start and the first answer are fast."""

import time

from bot.cli.house import fail, settings
from bot.content.yaml_loader import ContentError
from bot.logs import configure
from bot.wiring.words import LazyReader


def prepare() -> None:
    """Fit the matchers from the content folder; done once for each version of the content."""
    configure(is_quiet=True)
    started = time.monotonic()
    try:
        LazyReader(settings()).load()
    except ContentError as error:
        fail(str(error))
    print(f"The answers are ready ({time.monotonic() - started:.0f} s).")
