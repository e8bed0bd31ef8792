"""What would every patient of a clinic get of a campaign, before anything is sent?"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.content import Content
from bot.content.campaigns import LoadedCampaign
from bot.domain.audience import Explanation, Tally, Values, fields_of
from bot.domain.campaign import Campaign
from bot.domain.campaign.preview import Person, Previewed, preview
from bot.domain.campaign.values import FROM_HISTORY, FactReading, History, audience_values
from bot.domain.delivery import Body
from bot.domain.identity import AddressIndex, Channel, ClinicId, PatientId
from bot.domain.patient import Address, FactKind, Patient, PatientStatus, current, state_at
from bot.ports.clock import Clock
from bot.ports.store import Store, Transaction
from bot.services.campaign_book import CampaignBook
from bot.services.campaign_notices import histories
from bot.services.compose import Composer, Reader
from bot.services.known import Known, known_of
from bot.services.patients import NotPossible
from bot.services.reach import preferred_of
from bot.services.signed_texts import SignedTexts

_PATIENTS_PER_PAGE = 200
_COUNTRY_CODE = len("+9999")
_Identity = tuple[str, str, str, str]
"""Patient, step, message or follow-up, and the day or the number of it."""
_Seen = tuple[datetime, str]
"""When it leaves, and its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPreview:
    """One patient with everything that they would get, or not get and why."""

    patient_id: PatientId
    name: str = field(repr=False)
    channel: Channel | None
    messages: Sequence[Previewed]
    texts: Sequence[Body | None]
    """The words of each message; None where nothing would be said."""
    number_begins: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One message that another version adds, moves, removes or words anew."""

    what: str
    patient_id: PatientId
    step: str
    before: datetime | None
    after: datetime | None


class CampaignPreview:
    """Shows; sends and stores nothing."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        book: CampaignBook,
        content: Content,
        signed: SignedTexts,
    ) -> None:
        """Patients come from `store`, as they are at the time of `clock`."""
        self._store = store
        self._clock = clock
        self._book = book
        self._content = content
        self._signed = signed

    def now(self) -> datetime:
        """From when on the preview looks."""
        return self._clock.now()

    async def audience(self, clinic_id: ClinicId, loaded: LoadedCampaign) -> Explanation:
        """How many of the clinic's patients the audience rule fits today, and why."""
        now = self._clock.now()
        tally = Tally(loaded.campaign.audience)
        asks = asks_for_history(loaded.campaign)
        async for person in self.people(clinic_id, with_history=asks):
            tally.add(person_values(person, now))
        return tally.explanation()

    async def messages(
        self,
        clinic_id: ClinicId,
        loaded: LoadedCampaign,
        *,
        patient_id: PatientId | None = None,
        after: datetime | None = None,
        days: int = 90,
    ) -> AsyncIterator[PatientPreview]:
        """Each patient with what they would get from `after` on (None: now), one at a time.

        Raises NotPossible where there is no such patient.
        """
        start = after or self._clock.now()
        composer = self.composer(clinic_id, loaded)
        is_known = False
        asks = asks_for_history(loaded.campaign)
        async for person in self.people(clinic_id, patient_id, with_history=asks):
            is_known = True
            found = self.lived(loaded.campaign, person, after=start, days=days)
            yield previewed(person, found, composer)
        if patient_id is not None and not is_known:
            raise NotPossible(f"there is no patient {patient_id}; see: balm patient list")

    def composer(self, clinic_id: ClinicId, loaded: LoadedCampaign) -> Composer:
        """Finds the words of a draft as if it ran."""
        return Composer(self._content, self._signed, self._book.with_draft(clinic_id, loaded))

    def lived(
        self, campaign: Campaign, person: Person, *, after: datetime, days: int
    ) -> list[Previewed]:
        """What one person would get of a campaign within so many days."""
        until = after + timedelta(days=days)
        return preview(campaign, person, after=after, until=until, step_days=self._book.step_days)

    async def changes(
        self, clinic_id: ClinicId, loaded: LoadedCampaign, *, days: int = 90
    ) -> Sequence[Change]:
        """What this version adds, moves, removes and words anew against the published one."""
        running = self._book.published(clinic_id, loaded.campaign.id)
        before = await self._by_identity(clinic_id, running, days) if running is not None else {}
        after = await self._by_identity(clinic_id, loaded, days)
        changes = [
            _change(identity, before.get(identity), after.get(identity))
            for identity in sorted(before.keys() | after.keys())
        ]
        return [change for change in changes if change is not None]

    async def _by_identity(
        self, clinic_id: ClinicId, loaded: LoadedCampaign, days: int
    ) -> dict[_Identity, _Seen]:
        found: dict[_Identity, _Seen] = {}
        async for patient in self.messages(clinic_id, loaded, days=days):
            for one, body in zip(patient.messages, patient.texts, strict=True):
                if one.at is not None and body is not None:
                    purpose = "follow-up" if one.is_follow_up else "message"
                    day = one.occurrence.local_day.isoformat()
                    found[(patient.patient_id, one.step, purpose, day)] = (one.at, body.text)
        return _without_days(found)

    async def people(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId | None = None,
        *,
        with_history: bool = True,
    ) -> AsyncIterator[Person]:
        """Active patients as they are now, or only the one that is named.

        They are read page by page, so memory does not grow with them. Without history nothing is
        known of doses, cases, words and answers; it costs four statements for each page.
        """
        after: PatientId | None = None
        while True:
            async with self._store.read() as tx:
                page = await self._page(tx, clinic_id, patient_id, after=after)
                people = await self._read(tx, page, with_history=with_history)
            for person in people:
                yield person
            if patient_id is not None or len(page) < _PATIENTS_PER_PAGE:
                return
            after = page[-1].id

    async def _page(
        self,
        tx: Transaction,
        clinic_id: ClinicId,
        patient_id: PatientId | None,
        *,
        after: PatientId | None,
    ) -> Sequence[Patient]:
        if patient_id is None:
            return await tx.many.active(clinic_id, after=after, limit=_PATIENTS_PER_PAGE)
        found = (await tx.many.patients([patient_id])).values()
        return [
            one
            for one in found
            if one.clinic_id == clinic_id and one.status is PatientStatus.ACTIVE
        ]

    async def _read(
        self, tx: Transaction, page: Sequence[Patient], *, with_history: bool
    ) -> list[Person]:
        now, ids = self._clock.now(), [patient.id for patient in page]
        known = await known_of(tx, page, at=now)
        reachable = await tx.many.reachable(ids)
        lately = await histories(tx, ids, now=now) if with_history else {}
        return [
            _person(one, reachable[one.patient.id], lately.get(one.patient.id, History()), now)
            for one in known.values()
        ]


def _person(
    known: Known,
    reachable: Sequence[tuple[AddressIndex, Address]],
    history: History,
    now: datetime,
) -> Person:
    preferred = current(known.facts, FactKind.CHANNEL, at=now) or {}
    recipient = preferred_of(reachable, preferred.get("channel"))
    return Person(
        patient=known.patient,
        clinic=known.clinic,
        facts=known.facts,
        channel=recipient.channel if recipient is not None else None,
        number_begins=recipient.value[:_COUNTRY_CODE] if recipient is not None else "",
        history=history,
    )


def asks_for_history(campaign: Campaign) -> bool:
    """Whether a rule of the campaign asks for something that facts do not tell."""
    rules = [campaign.audience, *(step.until for step in campaign.steps if step.until)]
    return any(FROM_HISTORY & fields_of(rule) for rule in rules)


def previewed(person: Person, messages: Sequence[Previewed], composer: Composer) -> PatientPreview:
    """A patient's messages with their words."""
    return PatientPreview(
        patient_id=person.patient.id,
        name=person.patient.name,
        channel=person.channel,
        number_begins=person.number_begins,
        messages=messages,
        texts=[_text(composer, person, one) for one in messages],
    )


def person_values(person: Person, now: datetime) -> Values:
    """What an audience rule may ask of this person at `now`."""
    state = state_at(person.patient, person.facts, at=now, clinic=person.clinic)
    return audience_values(
        FactReading(person.facts),
        state,
        now=now,
        channel=person.channel,
        region=person.clinic.region,
        history=person.history,
    )


def _text(composer: Composer, person: Person, one: Previewed) -> Body | None:
    if one.say is None or person.channel is None:
        return None
    reader = Reader(
        channel=person.channel,
        language=one.state.language,
        clinic=person.clinic,
        is_discreet=one.state.shares_phone,
    )
    return composer.say(one.say, reader).body


def _without_days(found: dict[_Identity, _Seen]) -> dict[_Identity, _Seen]:
    """Messages numbered in their order instead of by their day, so that a moved one is the same."""
    counted: dict[_Identity, _Seen] = {}
    seen: Counter[tuple[str, str, str]] = Counter()
    for key in sorted(found, key=lambda key: (*key[:3], found[key][0])):
        same = (key[0], key[1], key[2])
        counted[(*same, f"{seen[same]:04d}")] = found[key]
        seen[same] += 1
    return counted


def _change(identity: _Identity, before: _Seen | None, after: _Seen | None) -> Change | None:
    if before == after:
        return None
    if before is None:
        what = "added"
    elif after is None:
        what = "removed"
    else:
        what = "moved" if before[0] != after[0] else "reworded"
    return Change(
        what=what,
        patient_id=PatientId(identity[0]),
        step=identity[1],
        before=before[0] if before is not None else None,
        after=after[0] if after is not None else None,
    )
