"""Does a message come to one and the same end, in whatever order its receipts arrive?"""

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.delivery import DeliveryState, ReceiptStatus, later_status

receipts = st.lists(st.sampled_from(list(ReceiptStatus)), min_size=1, max_size=8)


def end_of(arrived: list[ReceiptStatus]) -> ReceiptStatus | None:
    start: ReceiptStatus | None = None
    return reduce(later_status, arrived, start)


@given(arrived=receipts, data=st.data())
def test_the_order_and_repetition_of_receipts_change_nothing(
    arrived: list[ReceiptStatus], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([*arrived, *arrived]))
    assert end_of(shuffled) is end_of(arrived)


@given(arrived=receipts)
def test_a_status_only_moves_forward(arrived: list[ReceiptStatus]) -> None:
    end = end_of(arrived)
    assert end in arrived
    assert end is not None
    assert later_status(end, arrived[0]) is end


@pytest.mark.parametrize("reached", [ReceiptStatus.DELIVERED, ReceiptStatus.READ])
def test_a_failure_does_not_undo_what_was_delivered(reached: ReceiptStatus) -> None:
    for order in permutations([ReceiptStatus.SENT, ReceiptStatus.FAILED, reached]):
        assert end_of(list(order)) is reached


def test_a_failure_after_sending_is_the_end() -> None:
    assert end_of([ReceiptStatus.SENT, ReceiptStatus.FAILED]) is ReceiptStatus.FAILED
    assert end_of([ReceiptStatus.FAILED, ReceiptStatus.SENT]) is ReceiptStatus.FAILED


def test_three_states_are_on_the_way_and_all_others_are_ends() -> None:
    on_the_way = {state for state in DeliveryState if not state.is_final}
    assert on_the_way == {DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.SENDING}
