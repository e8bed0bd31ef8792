"""How does a photo come from the provider into the album, exactly once, and leave nothing there?"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from bot.domain.effect import Option, Say
from bot.domain.identity import Channel, Lane, SenderId
from bot.domain.patient import PatientState, state_at
from bot.domain.photo import (
    COPY_CAN_BE_REMOVED_FOR,
    KEPT_FOR,
    MOST_BYTES,
    TRIES,
    PhotoRefusal,
    WaitingPhoto,
    may_keep,
    retry_at,
)
from bot.logs import event, failure
from bot.ports.channel import Channel as ChannelPort
from bot.ports.channel import Rejected, SendError
from bot.ports.clock import Clock
from bot.ports.photos import CleanPhoto, Cleans, HandsOutPhotos, PhotoRefused
from bot.ports.store import Store, Transaction
from bot.ports.wake import Wake
from bot.services.effects import Effects
from bot.services.reach import patient_recipient
from bot.services.scene import Scene

_AT_ONCE = 4
_FETCH_WITHIN_S = 20.0
_CLEAN_WITHIN_S = 10.0
_LOOK_AGAIN_AFTER = timedelta(minutes=10)


class PhotoKeeper:
    """Fetches what patients asked to keep; rows say what, so a crash at any point loses nothing."""

    def __init__(
        self, store: Store, clock: Clock, *, effects: Effects, darkroom: Cleans, wake: Wake
    ) -> None:
        """Says what became of each photo through `effects`; nothing is fetched before `connect`."""
        self._store = store
        self._clock = clock
        self._effects = effects
        self._darkroom = darkroom
        self._wake = wake
        self._sources: dict[SenderId, HandsOutPhotos] = {}

    def connect(self, channels: Mapping[str, ChannelPort]) -> None:
        """From now on photos are fetched from these senders' providers."""
        for sender, channel in channels.items():
            if isinstance(channel, HandsOutPhotos):
                self._sources[SenderId(sender)] = channel

    async def run(self) -> int:
        """One round over what waits; how many photos."""
        if not self._sources:
            return 0
        async with self._store.read() as tx:
            waiting = await tx.photos.waiting(self._clock.now(), limit=_AT_ONCE)
        for photo in waiting:
            try:
                await self._one(photo)
            except Exception as error:  # noqa: BLE001  # one photo must not stop the others
                failure("photo-failed", error, tries=photo.tries + 1)
                await self._put_off(photo)
        if waiting:
            self._wake.outbox()
        return len(waiting)

    async def _one(self, photo: WaitingPhoto) -> None:
        if photo.source.sender_id not in self._sources:  # another process may have its provider
            await self._put_off(photo)
        elif photo.is_kept:
            await self._let_go(photo)
        else:
            await self._keep(photo)

    async def _put_off(self, photo: WaitingPhoto) -> None:
        async with self._store.unit_of_work() as tx:
            await tx.photos.try_again(photo, at=self._clock.now() + _LOOK_AGAIN_AFTER)

    async def _keep(self, photo: WaitingPhoto) -> None:
        try:
            clean = await self._fetched(photo)
        except PhotoRefused as refused:
            await self._end(photo, refused.reason)
        except Rejected:
            await self._end(photo, PhotoRefusal.NOT_FETCHED)
        except (SendError, TimeoutError) as error:
            await self._after_failure(photo, error)
        except Exception as error:  # noqa: BLE001  # one photo must not stop the others
            await self._after_failure(photo, error)
        else:
            await self._end(photo, clean)

    async def _fetched(self, photo: WaitingPhoto) -> CleanPhoto:
        """The clean picture. Raises PhotoRefused, SendError, TimeoutError."""
        source = self._sources[photo.source.sender_id]
        async with asyncio.timeout(_FETCH_WITHIN_S):
            content = await source.fetch(photo.source.reference, at_most=MOST_BYTES)
        async with asyncio.timeout(_CLEAN_WITHIN_S):
            return await asyncio.to_thread(self._darkroom.clean, content)

    async def _end(self, photo: WaitingPhoto, found: CleanPhoto | PhotoRefusal) -> None:
        """Kept or refused, and said so, in one transaction."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            if not await tx.photos.is_waiting(photo):
                return
            scene, state = await self._scene(tx, photo)
            if not may_keep(state, scene.clinic, now):
                found = PhotoRefusal.NO_CONSENT
            if isinstance(found, CleanPhoto):
                await tx.photos.keep(photo, found, at=now)
                days = await tx.photos.days(photo.patient_id)
                await self._effects.apply(scene, [_kept(photo, number=len(days))])
            else:
                await tx.photos.refuse(photo)
                if found is not PhotoRefusal.NO_CONSENT:
                    await self._effects.apply(scene, [Say(template=f"photo-{found}")])
        outcome = "kept" if isinstance(found, CleanPhoto) else found.value
        event("photo-settled", outcome=outcome)

    async def _scene(self, tx: Transaction, photo: WaitingPhoto) -> tuple[Scene, PatientState]:
        now = self._clock.now()
        clinic = await tx.house.clinic(photo.clinic_id)
        patient = await tx.people.patient(photo.patient_id)
        assert patient is not None
        facts = await tx.people.facts(patient.id)
        state = state_at(patient, facts, at=now, clinic=clinic)
        lane = Lane(f"patient:{patient.id}")
        scene = Scene(
            tx=tx,
            clinic=clinic,
            now=now,
            cause=f"photo:{photo.id}",
            actor="photo-keeper",
            conversation=await tx.conversations.get(photo.clinic_id, lane),
            patient_id=patient.id,
            language=state.language,
            recipient=await patient_recipient(tx, patient.id, Channel.TELEGRAM.value),
            is_opted_out=False,
            is_discreet=state.shares_phone,
        )
        return scene, state

    async def _after_failure(self, photo: WaitingPhoto, error: Exception) -> None:
        failure("photo-not-fetched", error, tries=photo.tries + 1)
        if photo.tries + 1 >= TRIES:
            await self._end(photo, PhotoRefusal.NOT_FETCHED)
            return
        async with self._store.unit_of_work() as tx:
            await tx.photos.try_again(photo, at=retry_at(photo.tries, self._clock.now()))

    async def _let_go(self, photo: WaitingPhoto) -> None:
        """Delete the provider's copy of what is kept; tried for as long as the provider lets us."""
        now = self._clock.now()
        is_gone = now - photo.asked_at > COPY_CAN_BE_REMOVED_FOR
        if not is_gone and photo.source.message is not None:
            source = self._sources[photo.source.sender_id]
            try:
                async with asyncio.timeout(_FETCH_WITHIN_S):
                    await source.let_go(photo.source.address, photo.source.message)
            except (SendError, TimeoutError) as error:
                failure("photo-copy-not-removed", error, tries=photo.tries + 1)
                await self._put_off(photo)
                return
        async with self._store.unit_of_work() as tx:
            await tx.photos.let_go(photo)


def _kept(photo: WaitingPhoto, *, number: int) -> Say:
    day = f"{photo.day:%Y%m%d}"
    first = (Option(label="photos", action="photos"),) if number > 1 else ()
    return Say(
        template="photo-kept",
        variables={
            "day": photo.day.isoformat(),
            "number": number,
            "is_of_album": "yes" if photo.is_of_album else "",
            "kept_days": KEPT_FOR.days,
        },
        options=((*first, Option(label="photo-forget", action=f"photo-forget:{day}")),),
    )
