"""What becomes of a patient's photos in the transaction of a turn, and when they are shown?"""

import asyncio
from datetime import date
from typing import assert_never

from bot.domain.effect import ForgetPhotos, KeepPhoto
from bot.domain.identity import PatientId
from bot.domain.photo import SourceOfPhoto
from bot.domain.picture import PictureOrder
from bot.ports.artist import Drawn
from bot.ports.photos import Cleans
from bot.ports.store import Store
from bot.services.scene import Scene


async def change_album(scene: Scene, effect: KeepPhoto | ForgetPhotos) -> None:
    """Carry out what a turn wants done with photos, in its transaction."""
    assert scene.patient_id is not None
    match effect:
        case KeepPhoto():
            assert scene.recipient is not None
            source = SourceOfPhoto(
                sender_id=scene.recipient.sender_id,
                reference=effect.reference,
                address=scene.recipient.value,
                message=effect.message,
            )
            await scene.tx.photos.ask(
                scene.clinic_id,
                scene.patient_id,
                source,
                day=effect.day,
                is_of_album=effect.is_of_album,
                at=scene.now,
            )
            verb = "photo-asked"
        case ForgetPhotos(day=day):
            count = await scene.tx.photos.forget(scene.patient_id, day=day)
            verb = f"photos-removed:{count}"
        case _:
            assert_never(effect)
    await scene.tx.house.audit(
        scene.clinic_id, at=scene.now, actor=scene.actor, verb=verb, subject=scene.patient_id
    )


class Album:
    """Takes photos out of the store right before they are shown; implements `PhotoSheets`."""

    def __init__(self, store: Store, darkroom: Cleans) -> None:
        """Reads `store`, and keeps nothing."""
        self._store = store
        self._darkroom = darkroom

    async def sheet(self, order: PictureOrder) -> Drawn | None:
        """The photos that `order` names; None when one of them is not kept any more."""
        photos = await self._opened(order)
        if len(photos) < len(order.shows["days"]):
            return None
        content = await asyncio.to_thread(self._darkroom.side_by_side, photos)
        return Drawn(content=content, is_paper=False, is_veiled=True)

    async def _opened(self, order: PictureOrder) -> list[bytes]:
        patient_id = PatientId(str(order.shows["patient"]))
        found: list[bytes] = []
        async with self._store.read() as tx:
            for day in order.shows["days"]:
                photo = await tx.photos.opened(patient_id, date.fromisoformat(day))
                found += [photo] if photo is not None else []
        return found
