"""Does a sender keep to its provider's limit in every second, and do chats stay apart?"""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pacing import AddressPace, SenderPace, pause_after


def worst_second(moments: list[float]) -> int:
    return max(sum(first <= one < first + 1 for one in moments) for first in moments)


@given(delays=st.lists(st.floats(0, 0.4), min_size=5, max_size=120))
def test_no_rolling_second_is_over_the_limit_however_slow_the_commits(delays: list[float]) -> None:
    pace, now, sent = SenderPace(per_second=28), 0.0, []
    for delay in delays:
        now += pace.wait(now)
        count = pace.allowed(now)
        pace.take(count, now)
        sent += [now] * count
        now += delay
    assert worst_second(sent) <= 30


def test_the_limit_is_used() -> None:
    pace, now, sent = SenderPace(per_second=28), 0.0, 0
    while now < 60:
        now += pace.wait(now)
        count = pace.allowed(now)
        pace.take(count, now)
        sent += count
        now += 0.005
    assert sent >= 60 * 28 * 0.98


def test_a_fast_sender_starts_several_together() -> None:
    assert SenderPace(per_second=1_000, next_at=5.0).allowed(5.0) in (19, 20)


@given(before=st.integers(0, 28))
def test_a_new_holder_counts_what_the_old_one_sent(before: int) -> None:
    pace = SenderPace(per_second=28)
    old = [-(number + 1) / 28 for number in range(before)]
    pace.take_over(before, 0.0)
    now, new = 0.0, []
    while now < 2:
        now += pace.wait(now)
        pace.take(1, now)
        new.append(now)
    assert worst_second(old + new) <= 30


def test_a_chat_gets_a_few_at_once_and_then_one_a_second() -> None:
    chats, sent, now = AddressPace(chat_interval=1.0), [], 0.0
    for _ in range(8):
        now += chats.wait("42", now)
        chats.take("42", now)
        sent.append(round(now, 3))
    assert sent == [0, 0, 0, 1, 2, 3, 4, 5]
    assert chats.wait("43", now) == 0


def test_a_group_gets_at_most_twenty_a_minute_after_the_first_few() -> None:
    chats, sent, now = AddressPace(chat_interval=1.0, group_interval=3.5), [], 0.0
    while now < 120:
        now += chats.wait("-100", now)
        chats.take("-100", now)
        sent.append(now)
    assert max(sum(first <= one < first + 60 for one in sent) for first in sent) <= 20


def test_without_a_limit_nobody_waits() -> None:
    chats = AddressPace(chat_interval=0)
    chats.take("+15550100100", 0)
    assert chats.wait("+15550100100", 0) == 0


def test_a_failing_provider_gets_a_rest_that_grows() -> None:
    rests = [pause_after(failures) for failures in range(12)]
    assert rests[:5] == [0, 0, 0, 0, 0]
    assert rests[5:8] == [5, 10, 20]
    assert max(rests) <= 120
