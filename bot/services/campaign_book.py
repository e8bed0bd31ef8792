"""Which campaigns run at which clinic, and what are their words?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from bot.content.campaigns import FOLLOW_UP, LoadedCampaign, read_campaign
from bot.content.yaml_loader import ContentError
from bot.domain.campaign import AtOnce, Campaign, OnEvent, Step
from bot.domain.campaign.choice import Offered, chosen
from bot.domain.campaign.planning import CampaignSource, StepDays
from bot.domain.campaign.version import CampaignVersion, VersionState, in_force
from bot.domain.identity import Channel, ClinicId
from bot.domain.patient import Fact, PatientState
from bot.domain.plan import PlannedOccurrence
from bot.logs import failure
from bot.ports.store import Store

PREFIX = "campaign:"
_REPLY = "reply"
T = TypeVar("T")
_Key = tuple[ClinicId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    loaded: LoadedCampaign
    state: VersionState


class CampaignBook:
    """Every version that was ever let out, read once; follows the store by `refresh`."""

    def __init__(self, step_days: StepDays | None = None) -> None:
        """Empty until refreshed; `step_days` tells the days of a programme's steps."""
        self._entries: Mapping[_Key, _Entry] = {}
        self._unreadable: frozenset[_Key] = frozenset()
        self._states: frozenset[tuple[ClinicId, str, int, VersionState]] = frozenset()
        self._step_days = step_days

    async def refresh(self, store: Store) -> None:
        """Take in what was let out, paused or stopped since the last time.

        A version that no longer reads says nothing, and stops nobody else.
        """
        async with store.read() as tx:
            states = await tx.campaigns.states()
            if states == self._states:
                return
            versions = await tx.campaigns.every_version()
        entries: dict[_Key, _Entry] = {}
        unreadable: set[_Key] = set()
        for version in versions:
            if version.state in (VersionState.REVIEW, VersionState.WITHDRAWN):
                continue
            key = (version.clinic_id, version.name)
            try:
                entries[key] = self._entry(version)
            except ContentError as error:
                if version.state in (VersionState.PUBLISHED, VersionState.PAUSED):
                    unreadable.add(key)
                failure("campaign-unreadable", error, version=version.name)
        self._entries = _at_rest_together(entries)
        self._unreadable = frozenset(unreadable)
        self._states = states

    def unreadable(self, clinic_id: ClinicId) -> list[str]:
        """Versions of the clinic, `campaign@version`, that are out and no longer read."""
        return sorted(name for clinic, name in self._unreadable if clinic == clinic_id)

    def event_triggers(self, clinic_id: ClinicId) -> list[OnEvent]:
        """What the clinic's running campaigns answer to."""
        return [
            step.trigger
            for (clinic, _), entry in self._entries.items()
            if clinic == clinic_id and entry.state.speaks
            for step in entry.loaded.campaign.steps
            if isinstance(step.trigger, OnEvent)
        ]

    def clinics_with_events(self) -> frozenset[ClinicId]:
        """Clinics that have a running campaign which answers to events."""
        return frozenset(
            clinic
            for (clinic, _), entry in self._entries.items()
            if entry.state.speaks
            and any(isinstance(step.trigger, OnEvent) for step in entry.loaded.campaign.steps)
        )

    def with_draft(self, clinic_id: ClinicId, loaded: LoadedCampaign) -> "CampaignBook":
        """This book with a draft as if it ran at a clinic; stored nowhere."""
        book = CampaignBook(self._step_days)
        name = f"{loaded.campaign.id}@{loaded.campaign.version}"
        entry = _Entry(loaded=loaded, state=VersionState.PUBLISHED)
        book._entries = {**self._entries, (clinic_id, name): entry}  # its own kind
        return book

    @property
    def step_days(self) -> StepDays | None:
        """Tells the days of a programme's steps."""
        return self._step_days

    def published(self, clinic_id: ClinicId, campaign: str) -> LoadedCampaign | None:
        """The version that new patients get, or None."""
        found = [
            entry.loaded
            for (clinic, _), entry in self._entries.items()
            if (clinic, entry.loaded.campaign.id) == (clinic_id, campaign)
            and entry.state is VersionState.PUBLISHED
        ]
        return max(found, key=lambda one: one.campaign.version, default=None)

    def all_published(self, clinic_id: ClinicId) -> list[LoadedCampaign]:
        """What new patients of the clinic get."""
        return [
            entry.loaded
            for (clinic, _), entry in self._entries.items()
            if clinic == clinic_id and entry.state is VersionState.PUBLISHED
        ]

    def _entry(self, version: CampaignVersion) -> _Entry:
        known = self._entries.get((version.clinic_id, version.name))
        loaded = (
            known.loaded
            if known is not None
            else read_campaign(version.document, name=version.name, version=version.version)
        )
        return _Entry(loaded=loaded, state=version.state)

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """What the campaigns of the patient's clinic plan for them: a source of the planner."""
        mine = self.campaigns_for(facts, state, at=after)
        if self._step_days is None:
            source = CampaignSource(campaigns=mine)
        else:
            source = CampaignSource(campaigns=mine, step_days=self._step_days)
        return source.occurrences(facts, state, after=after, until=until)

    def campaigns_for(
        self, facts: Sequence[Fact], state: PatientState, *, at: datetime
    ) -> list[Campaign]:
        """The version of each campaign that speaks to this patient."""
        clinic_id = state.patient.clinic_id
        offered = [
            Offered(campaign=entry.loaded.campaign, state=entry.state)
            for (clinic, _), entry in self._entries.items()
            if clinic == clinic_id
        ]
        return chosen(offered, facts, at=at)

    def step(self, clinic_id: ClinicId, message: str) -> tuple[Campaign, Step] | None:
        """Campaign and step of a planned message, or None; `may_speak` tells whether it is said."""
        name, _, step_id = message.removeprefix(PREFIX).partition(":")
        entry = self._entries.get((clinic_id, name))
        step = entry.loaded.campaign.step(step_id) if entry is not None else None
        if entry is None or step is None:
            return None
        return entry.loaded.campaign, step

    def text(
        self, clinic_id: ClinicId, template: str, *, language: str, channel: Channel, discreet: bool
    ) -> str:
        """The template of a campaign's text, in English or else any language where one lacks.

        Names are `campaign:ID@VERSION:STEP`, with `:follow-up` or `:BUTTON:reply` behind.
        Raises KeyError.
        """
        name, _, rest = template.removeprefix(PREFIX).partition(":")
        loaded = self._entries[(clinic_id, name)].loaded
        step_id, *behind = rest.split(":")
        if len(behind) == 2 and behind[1] == _REPLY:  # a button and the word
            return _in(loaded.button(step_id, behind[0]).reply, language)
        forms = _in(loaded.forms(step_id, is_follow_up=behind == [FOLLOW_UP]), language)
        if discreet:
            return forms.discreet
        return forms.chat if channel is Channel.TELEGRAM else forms.sms

    def label(self, clinic_id: ClinicId, label: str, *, language: str) -> str:
        """The label of a campaign's button, named `campaign:ID@VERSION:STEP:BUTTON`."""
        name, _, rest = label.removeprefix(PREFIX).partition(":")
        step_id, _, button_id = rest.partition(":")
        loaded = self._entries[(clinic_id, name)].loaded
        return _in(loaded.button(step_id, button_id).label, language)


def may_speak(step: Step, state: VersionState) -> bool:
    """Whether a step of a version in this state is said.

    A broadcast is over with its version: what was corrected is not said as well.
    """
    if isinstance(step.trigger, AtOnce):
        return state is VersionState.PUBLISHED
    return state.speaks


def _at_rest_together(entries: Mapping[_Key, _Entry]) -> Mapping[_Key, _Entry]:
    states: dict[_Key, list[VersionState]] = defaultdict(list)
    for (clinic, _), entry in entries.items():
        states[clinic, entry.loaded.campaign.id].append(entry.state)
    return {
        (clinic, name): replace(
            entry, state=in_force(entry.state, states[clinic, entry.loaded.campaign.id])
        )
        for (clinic, name), entry in entries.items()
    }


def _in(by_language: Mapping[str, T], language: str) -> T:
    """In English where `language` is missing, or else in any language that there is."""
    return by_language.get(language) or by_language.get("en") or next(iter(by_language.values()))
