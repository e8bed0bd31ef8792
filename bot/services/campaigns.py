"""How does a campaign get out, and how is it paused, stopped or taken back?"""

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from bot.content.campaigns import LoadedCampaign, read_campaign
from bot.domain.campaign.choice import released, stays_with
from bot.domain.campaign.results import StepResult
from bot.domain.campaign.version import CampaignVersion, Running, VersionState
from bot.domain.identity import ClinicId, PatientId, StaffId
from bot.domain.patient import Fact, FactKind, FactValue
from bot.ports.clock import Clock, Ids
from bot.ports.house import Staff
from bot.ports.store import Store, Transaction
from bot.services.campaign_book import PREFIX, CampaignBook
from bot.services.codes import Codes
from bot.services.known import Known, known_of, pages_to_plan
from bot.services.patients import NotPossible
from bot.services.planner import HORIZON, Planner

_PATIENTS_PER_TRANSACTION = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The second person's own name and one-time code."""

    name: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What letting a version out did."""

    version: CampaignVersion
    patients: int
    """Whose plan was computed anew."""
    is_approved: bool


class Campaigns:
    """Versions from review to their end; a published text never changes."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        *,
        book: CampaignBook,
        planner: Planner,
        codes: Codes,
        needs_approval: bool,
    ) -> None:
        """`needs_approval` is False in a demonstration alone, where that is recorded."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._book = book
        self._planner = planner
        self._codes = codes
        self._needs_approval = needs_approval

    async def submit(
        self, clinic_id: ClinicId, document: str, loaded: LoadedCampaign, *, author: str | None
    ) -> CampaignVersion:
        """A new version for review; the same words twice are one version. Raises NotPossible."""
        now = self._clock.now()
        digest = hashlib.sha256(document.encode()).hexdigest()
        async with self._store.unit_of_work() as tx:
            author_id = await self._author(tx, clinic_id, author)
            known = await tx.campaigns.versions(clinic_id, loaded.campaign.id)
            waiting = [one for one in known if one.state is VersionState.REVIEW]
            same = next((one for one in waiting if one.sha256 == digest), None)
            if same is not None:
                return same
            for one in waiting:
                await self._move(tx, one, VersionState.WITHDRAWN, now)
            version = CampaignVersion(
                clinic_id=clinic_id,
                campaign=loaded.campaign.id,
                version=max((one.version for one in known), default=0) + 1,
                document=document,
                sha256=digest,
                state=VersionState.REVIEW,
                author_id=author_id,
                approver_id=None,
                created_at=now,
                changed_at=now,
            )
            if not await tx.campaigns.add_version(version):
                raise NotPossible("somebody else submitted this campaign just now: look again")
            await tx.house.audit(
                clinic_id,
                at=now,
                actor=author_id or "command-line",
                verb="campaign-submitted",
                subject=version.name,
            )
        return version

    async def publish(
        self,
        clinic_id: ClinicId,
        campaign: str,
        version: int | None = None,
        *,
        approval: Approval | None,
        running: Running,
    ) -> Published:
        """Let a version out, with a second person's code. Raises NotPossible."""
        staff = await self._approver(clinic_id, approval)
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            new = await self._version(tx, clinic_id, campaign, version)
            if new.state is not VersionState.REVIEW:
                raise NotPossible(f"{new.name} is {new.state.value}; submit a new version first")
            if staff is not None and staff.id == new.author_id:
                raise NotPossible(f"{staff.name} wrote {new.name}: somebody else must approve it")
            old = [
                one
                for one in await tx.campaigns.versions(clinic_id, campaign)
                if one.state in (VersionState.PUBLISHED, VersionState.PAUSED)
            ]
            if running is Running.MOVE:
                await self._release(tx, clinic_id, campaign, at=now)
            for one in old:
                await self._keep_with(tx, one, running, at=now)
                await self._move(tx, one, VersionState.SUPERSEDED, now)
            approver = staff.id if staff is not None else None
            await self._move(tx, new, VersionState.PUBLISHED, now, approver_id=approver)
            await tx.house.audit(
                clinic_id,
                at=now,
                actor=approver or "not-approved",
                verb="campaign-published",
                subject=new.name,
            )
        patients = await self._replan(clinic_id, campaign)
        return Published(version=new, patients=patients, is_approved=staff is not None)

    async def change(
        self,
        clinic_id: ClinicId,
        campaign: str,
        *,
        to: VersionState,
        approval: Approval | None = None,
    ) -> CampaignVersion:
        """Pause, resume or stop what runs. Raises NotPossible.

        What fell due while it was paused has expired: resuming sends no flood.
        """
        if to is VersionState.PUBLISHED:
            await self._approver(clinic_id, approval)
        allowed = {
            VersionState.PAUSED: (VersionState.PUBLISHED,),
            VersionState.PUBLISHED: (VersionState.PAUSED,),
            VersionState.STOPPED: (VersionState.PUBLISHED, VersionState.PAUSED),
        }[to]
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            found = [
                one
                for one in await tx.campaigns.versions(clinic_id, campaign)
                if one.state in allowed
            ]
            if not found:
                raise NotPossible(
                    f"no version of {campaign} is {' or '.join(one.value for one in allowed)}; "
                    "see: balm campaign list"
                )
            if to is not VersionState.PUBLISHED:
                for one in await tx.campaigns.versions(clinic_id, campaign):
                    await tx.campaign_results.skip_waiting(clinic_id, one.name, at=now)
            for one in found:
                await self._move(tx, one, to, now)
                await tx.house.audit(
                    clinic_id,
                    at=now,
                    actor="command-line",
                    verb=f"campaign-{to.value}",
                    subject=one.name,
                )
        await self._replan(clinic_id, campaign)
        return found[-1]

    async def roll_back(
        self, clinic_id: ClinicId, campaign: str, *, author: str | None
    ) -> CampaignVersion:
        """The words of the version before, as a new version for review. Raises NotPossible."""
        async with self._store.read() as tx:
            versions = await tx.campaigns.versions(clinic_id, campaign)
        before = [one for one in versions if one.state is VersionState.SUPERSEDED]
        if not before:
            raise NotPossible(f"{campaign} has no earlier version to go back to")
        loaded = read_campaign(before[-1].document, name=before[-1].name, version=0)
        return await self.submit(clinic_id, before[-1].document, loaded, author=author)

    async def results(self, clinic_id: ClinicId, campaign: str) -> Sequence[StepResult]:
        """What came of every version and step so far. Raises NotPossible."""
        now = self._clock.now()
        async with self._store.read() as tx:
            if not await tx.campaigns.versions(clinic_id, campaign):
                raise NotPossible(f"there is no campaign {campaign}; see: balm campaign list")
            return await tx.campaign_results.of(clinic_id, campaign, now)

    async def versions(self, clinic_id: ClinicId) -> Sequence[CampaignVersion]:
        """Everything that was ever submitted."""
        async with self._store.read() as tx:
            return await tx.campaigns.versions(clinic_id)

    async def _approver(self, clinic_id: ClinicId, approval: Approval | None) -> Staff | None:
        if approval is not None:
            return await self._codes.check(clinic_id, name=approval.name, code=approval.code)
        if self._needs_approval:
            raise NotPossible("a second person must approve this: --approver and --code")
        return None

    async def _author(
        self, tx: Transaction, clinic_id: ClinicId, author: str | None
    ) -> StaffId | None:
        if author is None:
            if self._needs_approval:
                raise NotPossible("say who wrote this: --author NAME")
            return None
        staff = await tx.house.staff(clinic_id)
        found = next((one for one in staff if one.name.casefold() == author.casefold()), None)
        if found is None:
            raise NotPossible(f"there is no member of staff called {author}")
        return found.id

    async def _version(
        self, tx: Transaction, clinic_id: ClinicId, campaign: str, version: int | None
    ) -> CampaignVersion:
        versions = await tx.campaigns.versions(clinic_id, campaign)
        found = [one for one in versions if version is None or one.version == version]
        if not found:
            raise NotPossible(f"there is no campaign {campaign}; see: balm campaign list")
        return found[-1]

    async def _keep_with(
        self, tx: Transaction, old: CampaignVersion, running: Running, *, at: datetime
    ) -> None:
        """Patients in the middle of an old version stay with it, if that was asked."""
        if running is Running.MOVE:
            return
        until = at + HORIZON if running is Running.FINISH else None
        loaded = read_campaign(old.document, name=old.name, version=old.version)
        value = stays_with(loaded.campaign, running, until=until)
        for patient_id in await tx.campaigns.patients_planned(old.clinic_id, f"{PREFIX}{old.name}"):
            await tx.people.add_fact(old.clinic_id, patient_id, _choice(value, at=at))

    async def _release(
        self, tx: Transaction, clinic_id: ClinicId, campaign: str, *, at: datetime
    ) -> None:
        """Who stayed with an earlier version goes on with the new one, like everybody else."""
        begun: set[PatientId] = set()
        for one in await tx.campaigns.versions(clinic_id, campaign):
            if one.state in (VersionState.SUPERSEDED, VersionState.STOPPED):
                rule = f"{PREFIX}{one.name}"
                begun |= set(await tx.campaigns.patients_planned(clinic_id, rule))
        for patient_id in sorted(begun):
            facts = await tx.people.facts(patient_id)
            value = released(facts, campaign, at=at)
            if value is not None:
                await tx.people.add_fact(clinic_id, patient_id, _choice(value, at=at))

    async def _move(
        self,
        tx: Transaction,
        version: CampaignVersion,
        state: VersionState,
        at: datetime,
        approver_id: StaffId | None = None,
    ) -> None:
        await tx.campaigns.set_state(
            version.clinic_id,
            version.campaign,
            version.version,
            state=state,
            at=at,
            approver_id=approver_id,
        )

    async def _replan(self, clinic_id: ClinicId, campaign: str) -> int:
        """Plan anew whom the change touches: who has or would get a message of the campaign."""
        await self._book.refresh(self._store)
        async with self._store.read() as tx:
            touched: set[PatientId] = set()
            for version in await tx.campaigns.versions(clinic_id, campaign):
                rule = f"{PREFIX}{version.name}"
                touched |= set(await tx.campaigns.patients_planned(clinic_id, rule))
        count = 0
        async for page in pages_to_plan(self._store):
            here = [patient_id for clinic, patient_id in page if clinic == clinic_id]
            meant = await self._meant(here, touched, campaign)
            for start in range(0, len(meant), _PATIENTS_PER_TRANSACTION):
                part = meant[start : start + _PATIENTS_PER_TRANSACTION]
                async with self._store.unit_of_work() as tx:
                    await self._planner.plan_patients(tx, [(clinic_id, one) for one in part])
            count += len(meant)
        return count

    async def _meant(
        self, patient_ids: Sequence[PatientId], touched: Set[PatientId], campaign: str
    ) -> list[PatientId]:
        """Those of them who were `touched`, or for whom the campaign as it stands now plans."""
        now = self._clock.now()
        async with self._store.read() as tx:
            patients = await tx.many.patients([one for one in patient_ids if one not in touched])
            known = await known_of(tx, list(patients.values()), at=now)
        return [
            one
            for one in patient_ids
            if one in touched or (one in known and self._would_get(known[one], campaign, now))
        ]

    def _would_get(self, known: Known, campaign: str, now: datetime) -> bool:
        planned = self._book.occurrences(known.facts, known.state, after=now, until=now + HORIZON)
        return any((one.rule or "").startswith(f"{PREFIX}{campaign}@") for one in planned)


def _choice(value: FactValue, *, at: datetime) -> Fact:
    return Fact(
        kind=FactKind.CAMPAIGN,
        value=value,
        effective_at=at,
        recorded_at=at,
        recorded_by="campaigns",
    )
