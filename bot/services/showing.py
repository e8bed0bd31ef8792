"""How does a message leave that comes with a picture? Drawn in a thread; else its words leave."""

import asyncio
from dataclasses import replace

from bot.domain.delivery import Outgoing
from bot.domain.picture import PictureName, PictureOrder
from bot.logs import failure
from bot.ports.artist import Drawn, Draws, PhotoSheets
from bot.ports.channel import Channel, Paper, Picture, Rejected, SendsPapers, ShowsPictures

DRAW_WITHIN_S = 8.0
"""Longest wait for a picture; its words do not wait longer."""


class Showing:
    """Hands messages to a channel, each as a picture where both can, with its words for all."""

    def __init__(
        self, channel: Channel, artist: Draws | None, photos: PhotoSheets | None = None
    ) -> None:
        """Without an `artist` every message is its words; `photos` come from the album."""
        self._channel = channel
        self._artist = artist
        self._photos = photos

    async def send(self, message: Outgoing) -> str:
        """The provider's id. Raises SendError.

        A picture that cannot be drawn, or that the provider surely did not take, is left out.
        """
        order = message.body.picture
        drawn = await self._drawn(order, message) if order is not None else None
        if drawn is not None:
            try:
                sent = await self._show(message, drawn)
            except Rejected as error:
                if error.is_address_bad:
                    raise
                failure("picture-refused", error, delivery=message.delivery_id)
            else:
                if sent is not None:
                    return sent
        return await self._channel.send(message)

    async def _show(self, message: Outgoing, drawn: Drawn) -> str | None:
        """The id; None where the channel has no way to show it."""
        words = message.body.text
        bare = replace(message, body=replace(message.body, text=""))
        if drawn.is_paper and isinstance(self._channel, SendsPapers):
            return await self._channel.send_paper(bare, Paper(pdf=drawn.content, alt=words))
        if not drawn.is_paper and isinstance(self._channel, ShowsPictures):
            picture = Picture(image=drawn.content, alt=words, is_veiled=drawn.is_veiled)
            return await self._channel.send_picture(bare, picture)
        return None

    async def _drawn(self, order: PictureOrder, message: Outgoing) -> Drawn | None:
        can_show = isinstance(self._channel, ShowsPictures | SendsPapers)
        if self._artist is None or not can_show or message.edits is not None:
            return None
        try:
            async with asyncio.timeout(DRAW_WITHIN_S):
                if order.name is PictureName.PHOTOS:
                    return await self._photos.sheet(order) if self._photos is not None else None
                return await asyncio.to_thread(self._artist.draw, order)
        except Exception as error:  # noqa: BLE001  # its words say the same
            failure("picture-not-drawn", error, delivery=message.delivery_id)
            return None
