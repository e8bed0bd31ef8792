"""Does every row of the table of Telegram's refusals mean what it says?"""

import pytest
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, TelegramError

from bot.channels.telegram.errors import Refusal, refusals, to_send_error
from bot.ports.channel import Misconfigured, RecipientStopped, Rejected

RAISED: dict[int, type[TelegramError]] = {400: BadRequest, 403: Forbidden}
CLASSES = {known.__name__: known for known in (Misconfigured, RecipientStopped, Rejected)}


@pytest.mark.parametrize("row", refusals(), ids=lambda row: f"{row.status} {row.words}")
def test_each_row(row: Refusal) -> None:
    words = f"Forbidden: {row.words.upper()} indeed" if row.words else "something new"
    raised: TelegramError
    match row.status:
        case 401:
            raised = InvalidToken(words)
        case 409:
            raised = Conflict(words)
        case status:
            raised = RAISED[status](words)
    error = to_send_error(raised)
    assert type(error) is CLASSES[row.error]
    assert (error.reason, error.code) == (row.reason, str(row.status))
    assert getattr(error, "is_address_bad", False) is row.address_is_bad


def test_every_status_has_a_last_row_that_fits_all() -> None:
    for status in {row.status for row in refusals()}:
        assert [row for row in refusals() if row.status == status][-1].words == ""
