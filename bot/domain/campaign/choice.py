"""Which version of each campaign speaks to a patient? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.campaign.definition import Campaign
from bot.domain.campaign.version import Running, VersionState
from bot.domain.patient import Fact, FactKind, FactValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A version with its state."""

    campaign: Campaign
    state: VersionState


def stays_with(campaign: Campaign, running: Running, *, until: datetime | None) -> FactValue:
    """The fact that keeps a patient with a version, for good or until an instant."""
    return {
        "campaign": campaign.id,
        "version": campaign.version,
        "running": running.value,
        "until": until.isoformat() if until is not None else None,
    }


def released(facts: Sequence[Fact], campaign: str, *, at: datetime) -> FactValue | None:
    """The fact that ends a patient's stay with a version of `campaign`; None: they stay with none.

    It is over before `at`, so that it holds in the moment in which it is recorded.
    """
    version = _kept(facts, at).get(campaign)
    if version is None:
        return None
    return {
        "campaign": campaign,
        "version": version,
        "running": Running.MOVE.value,
        "until": (at - timedelta(seconds=1)).isoformat(),
    }


def chosen(offered: Iterable[Offered], facts: Sequence[Fact], *, at: datetime) -> list[Campaign]:
    """One version of each campaign: the one that the patient stays with, or the published one."""
    kept = _kept(facts, at)
    by_name: dict[str, Campaign] = {}
    for one in sorted(offered, key=lambda one: one.campaign.version):
        name = one.campaign.id
        if kept.get(name) == one.campaign.version:
            if one.state.speaks:
                by_name[name] = one.campaign
            else:
                by_name.pop(name, None)
        elif name not in kept and one.state is VersionState.PUBLISHED:
            by_name[name] = one.campaign
    return list(by_name.values())


def _kept(facts: Sequence[Fact], at: datetime) -> dict[str, int]:
    kept: dict[str, int] = {}
    mine = [f for f in facts if f.kind is FactKind.CAMPAIGN and f.effective_at <= at]
    for fact in sorted(mine, key=lambda fact: (fact.effective_at, fact.recorded_at)):
        name, until = str(fact.value["campaign"]), fact.value.get("until")
        kept.pop(name, None)
        if until is None or at <= datetime.fromisoformat(str(until)):
            kept[name] = int(fact.value["version"] or 0)
    return kept
