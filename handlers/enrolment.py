"""How an invited person joins: code, year of birth, consent, local time, hour, shared phone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.conversation import Asking, Question
from bot.domain.effect import (
    Ask,
    BindAddress,
    CloseInvite,
    CountTry,
    Effect,
    FinishEnrolment,
    Note,
    Option,
    RaiseAlert,
    RecordFact,
    Remember,
    Say,
)
from bot.domain.escalation import Urgency
from bot.domain.invite import CODE_TRIES_PER_HOUR, IDENTITY_TRIES, Invite, code_in
from bot.domain.local_time import guess_zone, parse_time
from bot.domain.message_kind import MessageKind
from bot.domain.patient import FactKind, FactValue, PatientStatus
from bot.domain.reading import FaqDecision
from bot.domain.turn import Turn
from bot.domain.vocabulary import fold
from handlers.language import chosen_language

CONSENT_VERSION = "1"
_OPEN_FOR = timedelta(days=1)
_BEFORE_CONSENT = ("birth-year", "consent")
"""Steps of which nothing is kept for long; whoever has agreed may finish at any time."""
_SUGGESTED_TIMES = ("08:00", "13:00", "20:00", "21:30")
_PHONE_ANSWERS = ("nobody", "sometimes", "yes")


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for a join code or an answer of the enrolment dialogue, or None."""
    if code_in(turn.inbound.text) is not None:
        return _join(turn)
    if turn.patient is None and (turn.says("join") or turn.says("start-bare")):
        return [_say("how-to-join")]
    question = turn.open_question
    if question is None or question.asking is not Asking.ENROLMENT:
        return _continue(turn) if turn.says("join") else None
    if turn.inbound.kind.is_media or _asks_something(turn):
        return None
    chosen = chosen_language(turn)
    if chosen is not None and chosen not in turn.closed_languages:
        return _switch_language(turn, question, chosen)
    if not turn.may_enrol and question.step in _BEFORE_CONSENT:
        return _not_open()
    return _STEPS[question.step](turn, question)


def _not_open() -> Sequence[Effect]:
    """The clinic may not take in anybody yet; the invitation stays as it is."""
    return [_say("enrolment-not-open"), Note(verb="join-not-open")]


def _asks_something(turn: Turn) -> bool:
    """A question with a vetted answer is answered; the step of the dialogue stays open."""
    is_question = turn.inbound.text.rstrip().endswith("?")
    return is_question and turn.reading.faq.decision is FaqDecision.ANSWER


def _continue(turn: Turn) -> Sequence[Effect]:
    """Whoever agreed but never finished goes on; everybody else is connected already."""
    assert turn.patient is not None
    if turn.patient.patient.status is PatientStatus.INVITED:
        return _zone_question(turn, turn.patient.zone)
    return [_say("already-joined")]


def _join(turn: Turn) -> Sequence[Effect]:
    invite = turn.invite
    refused: list[Effect] = [_say("code-refused"), CountTry(), Note(verb="join-refused")]
    if turn.code_tries >= CODE_TRIES_PER_HOUR or invite is None:
        return refused
    if turn.patient is not None and turn.patient.patient.id == invite.patient_id:
        return _continue(turn)
    if not invite.is_usable(turn.now):
        return refused
    if turn.address_is_taken:
        return [
            _say("phone-is-taken"),
            RaiseAlert(category="second-join", urgency=Urgency.TASK, note="phone-is-taken"),
        ]
    if not turn.may_enrol:
        return _not_open()
    return [_say("welcome"), _ask(turn, "birth-year", {"invite": invite.id, "tries": "0"})]


def _birth_year(turn: Turn, question: Question) -> Sequence[Effect]:
    invite = turn.invite
    if invite is None or not invite.is_usable(turn.now):
        return [_say("code-refused"), Ask(question=None)]
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", _digits(turn.inbound.text))
    if str(invite.birth_year) in years[:1]:
        return [_consent(turn), _ask(turn, "consent", {"invite": invite.id})]
    tries = int(question.data["tries"]) + bool(years)
    if tries >= IDENTITY_TRIES:
        return [
            _say("identity-failed"),
            CloseInvite(invite_id=invite.id, reason="identity-failed"),
            RaiseAlert(
                category="identity-failed",
                urgency=Urgency.TASK,
                note=f"patient:{invite.patient_id}",
            ),
            Ask(question=None),
        ]
    template = "birth-year-again" if years else "birth-year-unclear"
    left = {"left": IDENTITY_TRIES - tries}
    again = _ask(turn, "birth-year", {"invite": invite.id, "tries": str(tries)})
    return [_say(template, left), again]


def _consent(turn: Turn) -> Say:
    options = (
        (Option(label="agree", action="enrol:agree"), Option(label="read-all", action="enrol:all")),
        (Option(label="no-thanks", action="enrol:no"),),
        tuple(
            Option(label=f"language-{code}", action=f"language:{code}")
            for code in turn.languages
            if code != turn.language and code not in turn.closed_languages
        ),
    )
    return _say("consent", options=options)


def _consent_answer(turn: Turn, question: Question) -> Sequence[Effect] | None:
    invite = turn.invite
    if invite is None or not invite.is_usable(turn.now):
        return [_say("code-refused"), Ask(question=None)]
    if turn.action == "enrol:agree" or turn.says("agree"):
        return _agreed(turn, invite)
    if turn.action == "enrol:all" or turn.says("read-all"):
        agree = ((Option(label="agree", action="enrol:agree"),),)
        return [_say("consent-full", options=agree), _again(turn, question)]
    if turn.action == "enrol:no" or turn.says("no"):
        return [_say("consent-declined"), Ask(question=None), Note(verb="consent-declined")]
    return _unclear(turn, question, "consent-again")


def _agreed(turn: Turn, invite: Invite) -> Sequence[Effect]:
    given: FactValue = {
        "given": True,
        "version": CONSENT_VERSION,
        "language": turn.language,
        "channel": turn.inbound.channel.value,
    }
    effects: list[Effect] = [
        BindAddress(invite_id=invite.id),
        RecordFact(kind=FactKind.CONSENT, value=given),
        RecordFact(kind=FactKind.CHANNEL, value={"channel": turn.inbound.channel.value}),
        RecordFact(kind=FactKind.LANGUAGE, value={"language": turn.language}),
        Note(verb="consent-given"),
    ]
    if turn.invited is not None and turn.invited.patient.status is PatientStatus.ACTIVE:
        return [*effects, _say("second-channel-joined"), FinishEnrolment()]
    return [*effects, *_zone_question(turn, turn.zone_guess)]


def _zone_question(turn: Turn, zone: ZoneInfo) -> Sequence[Effect]:
    local = turn.now.astimezone(zone)
    options = (
        (
            Option(label="yes-right", action="enrol:zone-ok"),
            Option(label="no-other-time", action="enrol:zone-no"),
        ),
    )
    return [
        _say("zone-question", {"time": f"{local:%H:%M}"}, options=options),
        _ask(turn, "zone", {"zone": zone.key}),
    ]


def _zone(turn: Turn, question: Question) -> Sequence[Effect] | None:
    if turn.action == "enrol:zone-ok" or turn.says("yes"):
        return _zone_is(turn, question.data["zone"])
    said = parse_time(turn.inbound.text, evening_words=turn.words.words("evening"))
    if turn.action is None and said is not None:
        return _zone_from(turn, said, question)
    if turn.action == "enrol:zone-no" or turn.says("no"):
        return [_say("zone-ask-time"), _ask(turn, "zone", question.data)]
    return _unclear(turn, question, "zone-again")


def _zone_from(turn: Turn, said: time, question: Question) -> Sequence[Effect]:
    found = guess_zone(said, turn.now, (question.data["zone"], *turn.zones))
    if found is None:
        return [_say("zone-not-found"), _ask(turn, "zone", question.data)]
    return _zone_is(turn, found)


def _zone_is(turn: Turn, zone: str) -> Sequence[Effect]:
    options = tuple(
        Option(label=at, action=f"enrol:at-{at}", literal=True) for at in _SUGGESTED_TIMES
    )
    return [
        RecordFact(kind=FactKind.ZONE, value={"zone": zone}),
        _say("dose-time-question", options=(options[:2], options[2:])),
        _ask(turn, "dose-time", {}),
    ]


def _dose_time(turn: Turn, question: Question) -> Sequence[Effect] | None:
    action = turn.action or ""
    text = action.removeprefix("enrol:at-") if action.startswith("enrol:at-") else turn.inbound.text
    at = parse_time(text, evening_words=turn.words.words("evening"))
    if at is None:
        return _unclear(turn, question, "dose-time-again")
    options = tuple(
        (Option(label=f"phone-{who}", action=f"enrol:phone-{who}"),) for who in _PHONE_ANSWERS
    )
    return [
        RecordFact(kind=FactKind.DOSE_TIME, value={"time": f"{at:%H:%M}"}),
        _say("phone-question", {"time": f"{at:%H:%M}"}, options=options),
        _ask(turn, "phone", {}),
    ]


def _phone(turn: Turn, question: Question) -> Sequence[Effect] | None:
    action = turn.action or ""
    said = next((who for who in _PHONE_ANSWERS if turn.says(f"phone-{who}")), None)
    who = action.removeprefix("enrol:phone-") if action.startswith("enrol:phone-") else said
    how = ""
    if who is None:
        who, how = _phone_line(turn)
    if who is None:
        return _unclear(turn, question, "phone-again")
    effects: list[Effect] = [RecordFact(kind=FactKind.PHONE_SHARING, value={"who": who})]
    if how:
        effects.append(RecordFact(kind=FactKind.PRIVATE_CONTACT, value={"how": how}))
    return [*effects, *_finish(turn, who, told_how=bool(how))]


def _phone_line(turn: Turn) -> tuple[str | None, str]:
    """Who sees the phone and how to reach the patient, from "3 call me at work"."""
    number, _, rest = turn.inbound.text.strip().partition(" ")
    position = turn.words.number(number.strip(".,:;"))
    if position is None or not 1 <= position <= len(_PHONE_ANSWERS):
        return None, ""
    who, rest = _PHONE_ANSWERS[position - 1], rest.strip()
    is_repeated = fold(rest) in turn.words.words(f"phone-{who}")
    return who, "" if who == "nobody" or is_repeated else rest


def _finish(turn: Turn, who: str, *, told_how: bool) -> Sequence[Effect]:
    effects: list[Effect] = [
        _say(
            "enrolled",
            {"first_day": turn.first_day.isoformat() if turn.first_day else ""},
            options=((Option(label="menu", action="menu"),),),
        ),
        FinishEnrolment(),
        Remember(greeted=True),
    ]
    if who == "nobody" or told_how:
        return [*effects, Ask(question=None)]
    waiting = Question(
        id=turn.fresh_id,
        asking=Asking.PRIVATE_CONTACT,
        asked_at=turn.now,
        expires_at=turn.now + _OPEN_FOR,
    )
    # The dialogue ends first, or it would come back as an interrupted question.
    return [*effects, _say("private-contact-question"), Ask(question=None), Ask(question=waiting)]


def _switch_language(turn: Turn, question: Question, chosen: str) -> Sequence[Effect]:
    """The step again in the language chosen; after the consent it is also kept as a fact."""
    step = question.step
    asked = {"birth-year": _say("welcome"), "consent": _consent(replace(turn, language=chosen))}
    again = asked.get(step, _say("language-set"))
    kept: list[Effect] = []
    if turn.patient is not None:
        kept.append(RecordFact(kind=FactKind.LANGUAGE, value={"language": chosen}))
    return [
        *kept,
        replace(again, language=chosen, edits_pressed=step == "consent"),
        _ask(turn, step, {**question.data, "language": chosen}),
    ]


def _say(
    template: str,
    variables: Mapping[str, str | int] | None = None,
    *,
    options: tuple[tuple[Option, ...], ...] = (),
) -> Say:
    return Say(
        template=template,
        variables=dict(variables or {}),
        options=options,
        kind=MessageKind.ENROLMENT,
    )


_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "consent": ("enrol:agree", "enrol:all"),
    "zone": ("enrol:zone-ok", "enrol:zone-no"),
    "phone": tuple(f"enrol:phone-{who}" for who in _PHONE_ANSWERS),
}


def _ask(turn: Turn, step: str, data: Mapping[str, str]) -> Ask:
    kept = {"language": turn.language, **data}
    return Ask(
        question=Question(
            id=turn.fresh_id,
            asking=Asking.ENROLMENT,
            asked_at=turn.now,
            expires_at=turn.now + _OPEN_FOR if step in _BEFORE_CONSENT else None,
            step=step,
            data=kept,
            options=_OPTIONS.get(step, ()),
        )
    )


def resume(turn: Turn) -> Sequence[Effect]:
    """Somebody who agreed and then went away is asked on from where the answers are missing."""
    is_halfway = (
        turn.patient is not None
        and turn.patient.patient.status is PatientStatus.INVITED
        and turn.open_question is None
        and not turn.is_opted_out
    )
    return _zone_question(turn, turn.zone_guess) if is_halfway else []


def _unclear(turn: Turn, question: Question, template: str) -> Sequence[Effect] | None:
    """Ask again; but whoever asks something meanwhile gets an answer, and the question waits."""
    asks_something = turn.action is None and turn.reading.faq.decision is not FaqDecision.ABSTAIN
    if asks_something:
        return None
    return [_say(template), _again(turn, question)]


def _again(turn: Turn, question: Question) -> Ask:
    return _ask(turn, question.step, question.data)


def _digits(text: str) -> str:
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)


_STEPS = {
    "birth-year": _birth_year,
    "consent": _consent_answer,
    "zone": _zone,
    "dose-time": _dose_time,
    "phone": _phone,
}
