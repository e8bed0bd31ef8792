"""On which channels are staff told of alerts, and must somebody be reachable?"""

from bot.clock import OffsetClock
from bot.domain.identity import Channel
from bot.ports.clock import Ids
from bot.ports.store import Store
from bot.services.patients import ReachesStaff
from bot.services.staffing import Staffing
from bot.settings import Settings


def staffing_of(
    settings: Settings, store: Store, clock: OffsetClock, ids: Ids
) -> tuple[Staffing, ReachesStaff | None]:
    """The staff, and in production whether anybody could be told of an alert."""
    staffing = Staffing(store, clock, ids, channels=staff_channels(settings))
    return staffing, staffing.reaches_somebody if settings.env == "production" else None


def staff_channels(settings: Settings) -> frozenset[Channel]:
    """On which channels this installation can write to staff."""
    is_simulated = settings.may_move_clock
    works = {
        Channel.TELEGRAM: settings.has_telegram or is_simulated,
        Channel.SMS: settings.has_sms or is_simulated,
        Channel.EMAIL: settings.has_email,
        Channel.WEBHOOK: settings.has_staff_webhook,
    }
    return frozenset(channel for channel, does in works.items() if does)
