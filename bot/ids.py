"""Where do fresh ids come from?"""

import secrets
import time

_RANDOM_BITS = 62
_COUNTER_BITS = 12


class TimeOrderedIds:
    """UUIDv7 as 32 hexadecimal characters; text order is the order of making in one process."""

    def __init__(self) -> None:
        """No two ids of one instance are alike, and each is greater than the one before it."""
        self._last = 0

    def new(self) -> str:
        """A fresh id."""
        moment = (time.time_ns() // 1_000_000) << _COUNTER_BITS
        self._last = max(moment, self._last + 1)
        milliseconds, counter = divmod(self._last, 1 << _COUNTER_BITS)
        value = milliseconds << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62
        return f"{value | secrets.randbits(_RANDOM_BITS):032x}"


def first_id_since(*, seconds: float) -> str:
    """No id made in the last `seconds` of real time is smaller than this one."""
    milliseconds = int((time.time() - seconds) * 1_000)
    return f"{milliseconds << 80 | 0x7 << 76:032x}"
