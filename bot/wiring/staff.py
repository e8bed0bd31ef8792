"""How are staff told of alerts, what may they answer, and must somebody be reachable?"""

from dataclasses import dataclass

from bot.clock import OffsetClock
from bot.domain.identity import Channel
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store
from bot.ports.wake import Wake
from bot.services.alert_answers import AlertAnswers
from bot.services.alerts import Alerts
from bot.services.compose import Composer
from bot.services.effects import Effects
from bot.services.fallback import Fallback
from bot.services.handoffs import Handoffs
from bot.services.notices import Notices
from bot.services.patients import ReachesStaff
from bot.services.staff_replies import StaffReplies
from bot.services.staff_talk import StaffTalk
from bot.services.staffing import Staffing
from bot.settings import Settings
from bot.wiring.words import Words


def staffing_of(
    settings: Settings, store: Store, clock: OffsetClock, ids: Ids
) -> tuple[Staffing, ReachesStaff | None]:
    """The staff, and in production whether anybody could be told of an alert."""
    staffing = Staffing(store, clock, ids, channels=staff_channels(settings))
    return staffing, staffing.reaches_somebody if settings.env == "production" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDesk:
    """What carries alerts to staff, and what staff do from their own phones."""

    alerts: Alerts
    answers: AlertAnswers
    handoffs: Handoffs
    replies: StaffReplies
    fallback: Fallback
    """Another way to a patient whom words of safety did not reach."""


def front_desk(
    kept: tuple[Store, Clock, Ids],
    words: Words,
    *,
    composer: Composer,
    effects: Effects,
    wake: Wake,
    settings: Settings,
) -> FrontDesk:
    """Alerts, answers to them, and conversations that a person takes over."""
    store, clock, ids = kept
    notices = Notices(composer, effects, ids, console_url=f"{settings.base_url}/console/")
    alerts = Alerts(store, clock, notices=notices, rules=dict(words.triage.rules), wake=wake)
    answers = AlertAnswers(alerts, notices)
    handoffs = Handoffs(store, clock, ids, notices=notices, routes=alerts.routes, wake=wake)
    talk = StaffTalk(handoffs, notices, words.content)
    replies = StaffReplies(answers, notices, words.content, talk)
    return FrontDesk(
        alerts=alerts,
        answers=answers,
        handoffs=handoffs,
        replies=replies,
        fallback=Fallback(composer, ids),
    )


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
