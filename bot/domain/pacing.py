"""When may the next message of a sender leave, and the next one to a chat? Pure.

Times are seconds of a clock that only runs forward; the caller reads it.
"""

from dataclasses import dataclass, field

_TOGETHER_S = 0.02
"""Messages whose turns lie this close are started together: a faster clock brings nothing."""
_CHATS_REMEMBERED = 10_000


@dataclass(slots=True, kw_only=True)
class SenderPace:
    """Evenly spaced turns; what was not used is lost, but for one message."""

    per_second: float
    next_at: float = 0.0

    @property
    def interval(self) -> float:
        """Seconds between two messages."""
        return 1 / self.per_second

    def wait(self, now: float) -> float:
        """Seconds until the next message may leave; 0 when it may leave now."""
        return max(0.0, self.next_at - now)

    def allowed(self, now: float) -> int:
        """How many messages may start now, at least one once `wait` is over."""
        since = max(self.next_at, now - self.interval)
        return max(1, int((now + _TOGETHER_S - since) * self.per_second))

    def take(self, count: int, now: float) -> None:
        """`count` messages start now."""
        self.next_at = max(self.next_at, now - self.interval) + count * self.interval

    def take_over(self, calls_in_last_second: int, now: float) -> None:
        """Another holder made these calls a moment ago: wait until they no longer count."""
        self.next_at = now + min(1.0, calls_in_last_second * self.interval)


@dataclass(slots=True, kw_only=True)
class AddressPace:
    """A few messages at once to one chat, then one for each interval; groups are slower."""

    chat_interval: float
    """Seconds; 0: no limit."""
    group_interval: float = 0.0
    burst: int = 3
    _paid_until: dict[str, float] = field(default_factory=dict, repr=False)

    def wait(self, address: str, now: float) -> float:
        """Seconds until the next message to `address` may leave."""
        interval = self._interval(address)
        if not interval:
            return 0.0
        return max(0.0, self._paid_until.get(address, 0.0) - (self.burst - 1) * interval - now)

    def take(self, address: str, now: float) -> None:
        """One message to `address` starts now."""
        interval = self._interval(address)
        if not interval:
            return
        if len(self._paid_until) >= _CHATS_REMEMBERED:
            self._paid_until = {a: t for a, t in self._paid_until.items() if t > now}
        self._paid_until[address] = max(self._paid_until.get(address, 0.0), now) + interval

    def _interval(self, address: str) -> float:
        # Telegram numbers group chats below zero; no other address begins with a hyphen.
        return self.group_interval if address.startswith("-") else self.chat_interval


def pause_after(failures_in_a_row: int) -> float:
    """Seconds for which a sender rests after so many calls that its provider failed; 0: go on.

    Without it every waiting message would be tried, and perhaps lost, during an outage.
    """
    beyond = failures_in_a_row - _FAILURES_BORNE
    return min(_FIRST_REST_S * 2.0 ** min(beyond, 10), _LONGEST_REST_S) if beyond >= 0 else 0.0


_FAILURES_BORNE = 5
_FIRST_REST_S = 5.0
_LONGEST_REST_S = 120.0
