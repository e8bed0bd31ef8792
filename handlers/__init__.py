"""What Balm answers: the first handler that returns effects wins. Pure functions of a Turn."""

from collections.abc import Callable, Sequence

from bot.domain.effect import Ask, Effect, OptOut, Say, SayFlag
from bot.domain.message_kind import MessageKind
from bot.domain.safety import respond
from bot.domain.turn import Turn
from handlers import (
    answer_fit,
    campaign_reply,
    checkin_late,
    checkin_manners,
    checkin_reply,
    course_reply,
    dose_reply,
    dose_report,
    enrolment,
    fallback,
    faq,
    handoff,
    improve,
    lab_reply,
    language,
    learn,
    media,
    membership,
    menu,
    pause,
    photos,
    private_contact,
    progress,
    ready,
    stop,
    stopped_taking,
    tell_clinic,
    tip,
    wrong_number,
)

Handler = Callable[[Turn], Sequence[Effect] | None]

ORDER: tuple[Handler, ...] = (
    membership.handle,
    stop.handle,
    tell_clinic.handle,
    wrong_number.handle,
    enrolment.handle,
    photos.handle,
    media.handle,
    handoff.handle,
    stopped_taking.handle,
    menu.handle,
    progress.handle,
    tip.handle,
    language.handle,
    pause.handle,
    ready.handle,
    lab_reply.handle,
    dose_report.handle,
    checkin_late.handle,
    checkin_reply.early,
    course_reply.handle,
    dose_reply.handle,
    checkin_reply.handle,
    campaign_reply.handle,
    private_contact.handle,
    learn.handle,
    improve.handle,
    answer_fit.handle,
    checkin_manners.afterwards,
    faq.handle,
    checkin_reply.not_understood,
    fallback.handle,
)


def answer(turn: Turn) -> list[Effect]:
    """Everything that follows from one message: safety first, then the first handler that fits."""
    stopping = stop.opt_out(turn)
    safety = respond(turn)
    effects = [*stopping, *safety.effects]
    if not safety.is_final:
        routed = _route(turn)
        effects += routed
        if not any(isinstance(effect, Ask) for effect in routed):
            effects += enrolment.resume(turn)
            effects += checkin_manners.put_again(turn, routed)
    if _may_introduce(turn, effects) and not _tells_of_danger(effects):
        effects.append(Say(template="first-contact"))
    return effects


def _may_introduce(turn: Turn, effects: Sequence[Effect]) -> bool:
    """Once, to a person, and never to one who wants to hear nothing."""
    wants_silence = turn.is_opted_out or any(isinstance(effect, OptOut) for effect in effects)
    return turn.is_first_contact and not turn.inbound.is_group and not wants_silence


def _tells_of_danger(effects: Sequence[Effect]) -> bool:
    """Emergency texts and the consent name the numbers themselves."""
    return any(
        isinstance(effect, SayFlag)
        or (isinstance(effect, Say) and effect.kind is MessageKind.ENROLMENT)
        for effect in effects
    )


def _route(turn: Turn) -> Sequence[Effect]:
    for handler in ORDER:
        effects = handler(turn)
        if effects is not None:
            return effects
    raise AssertionError("the fallback answers every turn")
