"""Has every kind of message a rule, and are the rules those that were promised?"""

from datetime import timedelta

import pytest

from bot.domain.message_kind import KIND_RULES, AfterOutage, MessageKind, WhenUncertain

TIME_CRITICAL = (
    MessageKind.WINDOW,
    MessageKind.PREGNANCY_TEST,
    MessageKind.CONTRACEPTION,
    MessageKind.LAB,
)


@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_has_a_rule(kind: MessageKind) -> None:
    rule = KIND_RULES[kind]
    assert rule.validity is None or rule.validity > timedelta(0)


def test_no_rule_is_for_nothing() -> None:
    assert set(KIND_RULES) == set(MessageKind)


@pytest.mark.parametrize("kind", TIME_CRITICAL)
def test_time_critical_kinds_are_never_folded_held_back_or_counted(kind: MessageKind) -> None:
    rule = KIND_RULES[kind]
    assert rule.after_outage is AfterOutage.SEND
    assert not rule.held_during_handoff
    assert not rule.counts_in_budget


@pytest.mark.parametrize("kind", [MessageKind.REPLY, MessageKind.SAFETY, MessageKind.ALERT])
def test_answers_and_safety_come_at_any_hour_and_are_sent_again(kind: MessageKind) -> None:
    rule = KIND_RULES[kind]
    assert not rule.obeys_quiet_hours
    assert not rule.counts_in_budget
    assert not rule.held_during_handoff
    assert rule.when_uncertain is WhenUncertain.RESEND


def test_a_dose_reminder_is_valid_for_three_hours_and_never_sent_twice() -> None:
    rule = KIND_RULES[MessageKind.DOSE]
    assert rule.validity == timedelta(hours=3)
    assert rule.when_uncertain is WhenUncertain.NEVER
    assert rule.after_outage is AfterOutage.EXPIRE
    assert not rule.obeys_quiet_hours


@pytest.mark.parametrize("kind", [MessageKind.NUDGE, MessageKind.CHECKIN, MessageKind.DOSE])
def test_what_asks_for_a_dose_or_an_answer_is_never_sent_twice(kind: MessageKind) -> None:
    assert KIND_RULES[kind].when_uncertain is WhenUncertain.NEVER
    assert KIND_RULES[kind].held_during_handoff


def test_an_alert_never_expires() -> None:
    assert KIND_RULES[MessageKind.ALERT].validity is None
    assert KIND_RULES[MessageKind.SAFETY].validity is None


def test_danger_leaves_first_and_broadcasts_leave_last() -> None:
    order = sorted(MessageKind, key=lambda kind: KIND_RULES[kind].priority)
    assert set(order[:2]) == {MessageKind.ALERT, MessageKind.SAFETY}
    assert order[-1] is MessageKind.BROADCAST
    reply = KIND_RULES[MessageKind.REPLY].priority
    assert all(reply < KIND_RULES[kind].priority for kind in (*TIME_CRITICAL, MessageKind.DOSE))
