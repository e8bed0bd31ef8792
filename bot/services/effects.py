"""How is each decision carried out? All of one message or event in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from bot.domain import effect as fx
from bot.domain.conversation import answered, ask
from bot.domain.delivery import Delivery
from bot.domain.escalation import HANDOFF, Escalation, EscalationState, FlagRule
from bot.domain.identity import (
    AddressId,
    Channel,
    DeliveryId,
    EscalationId,
    Lane,
)
from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import Address, AddressState, Fact, FactKind, PatientStatus
from bot.ports.clock import Ids
from bot.services.album import change_album
from bot.services.authors_queue import learn
from bot.services.compose import Composed, Composer, Reader, paged
from bot.services.confidential import is_confidential
from bot.services.planner import Planner
from bot.services.scene import Recipient, Scene
from bot.services.signals import Signals

_HELD_KINDS = (MessageKind.DOSE.value, MessageKind.NUDGE.value, MessageKind.REFILL.value)
_PAUSED_WITH_ALL = tuple(kind.value for kind, rule in KIND_RULES.items() if rule.counts_in_budget)
_SENT_AFTER_OPT_OUT = (MessageKind.SAFETY, MessageKind.CONFIRMATION)


class Effects:
    """Carries out effects in the transaction of their cause."""

    def __init__(
        self,
        composer: Composer,
        planner: Planner,
        ids: Ids,
        flag_rules: dict[str, FlagRule],
        signals: Signals,
    ) -> None:
        """Words from `composer`; deadlines of alerts from `flag_rules`; cases from `signals`."""
        self._signals = signals
        self._composer = composer
        self._planner = planner
        self._ids = ids
        self._flag_rules = flag_rules

    async def apply(self, scene: Scene, effects: Sequence[fx.Effect]) -> None:
        """Carry out `effects` in order, then keep what the conversation has become."""
        for effect in effects:
            await self._apply_one(scene, effect)
        if scene.has_heard and scene.patient_id is not None:
            scene.has_heard = False
            for raised in await self._signals.effects(
                scene.tx, scene.clinic, scene.patient_id, now=scene.now
            ):
                await self._apply_one(scene, raised)
        if scene.conversation_changed:
            await scene.tx.conversations.save(scene.conversation, at=scene.now)

    async def _apply_one(self, scene: Scene, effect: fx.Effect) -> None:  # noqa: C901  # closed union
        match effect:
            case fx.Say() | fx.SayTopic() | fx.SayFlag():
                await self._speak(scene, effect)
            case fx.Ask() | fx.Remember():
                self._converse(scene, effect)
            case fx.RaiseAlert() | fx.SettleCheck() | fx.JoinAlert() | fx.ReturnHandoff():
                await self._alert(scene, effect)
            case fx.OptOut() | fx.OptIn() | fx.SetAddressState() | fx.BindAddress():
                await self._connect(scene, effect)
            case fx.CloseInvite() | fx.CountTry() | fx.FinishEnrolment():
                await self._enrol(scene, effect)
            case fx.RecordFact() | fx.LogDose() | fx.RecordAnswer():
                await self._record(scene, effect)
            case fx.MoveOccurrence() | fx.Replan():
                await self._move(scene, effect)
            case fx.KeepQuestion() | fx.ForgetQuestions() | fx.CountFit():
                await learn(
                    scene.tx,
                    effect,
                    clinic_id=scene.clinic_id,
                    patient_id=scene.patient_id,
                    language=scene.language,
                    at=scene.now,
                )
            case fx.KeepPhoto() | fx.ForgetPhotos():
                await change_album(scene, effect)
            case fx.Note():
                await self._audit(scene, effect.verb)
            case _:
                assert_never(effect)

    async def _speak(self, scene: Scene, effect: fx.Say | fx.SayTopic | fx.SayFlag) -> None:
        if scene.recipient is None:
            return
        reader = Reader(
            channel=scene.recipient.channel,
            language=scene.language,
            clinic=scene.clinic,
            is_discreet=scene.is_discreet,
        )
        match effect:
            case fx.Say():
                composed = self._composer.say(effect, reader)
            case fx.SayTopic():
                composed = self._composer.topic(effect, reader)
            case fx.SayFlag():
                composed = self._composer.flag(effect, reader, now=scene.now, said_at=scene.said_at)
        is_answer_on_telegram = (
            scene.recipient.channel is Channel.TELEGRAM and composed.kind is MessageKind.REPLY
        )
        if scene.is_opted_out and not (
            composed.kind in _SENT_AFTER_OPT_OUT or is_answer_on_telegram
        ):
            return
        edits = isinstance(effect, fx.Say) and effect.edits_pressed
        for page in paged(composed, scene.recipient.channel):
            await self._queue(scene, scene.recipient, page, edits=edits)

    async def _queue(
        self, scene: Scene, recipient: Recipient, composed: Composed, *, edits: bool
    ) -> None:
        due_at = scene.due_at or scene.now
        validity = KIND_RULES[composed.kind].validity
        expires_at = scene.valid_until or (due_at + validity if validity is not None else None)
        delivery = Delivery(
            id=DeliveryId(self._ids.new()),
            clinic_id=scene.clinic_id,
            sender_id=recipient.sender_id,
            channel=recipient.channel,
            kind=composed.kind,
            cause=scene.cause,
            part=scene.parts,
            patient_id=scene.patient_id if recipient.address_id is not None else None,
            address_id=recipient.address_id,
            address=recipient.value,
            body=composed.body,
            template=composed.template,
            due_at=due_at,
            expires_at=expires_at,
            edits=scene.pressed_message if edits else None,
            answers_press=scene.answers_press,
        )
        scene.parts += 1
        scene.answers_press = None
        if edits:
            scene.pressed_message = None
        await scene.tx.outbox.add(delivery, index=recipient.index, source=composed.source)

    def _converse(self, scene: Scene, effect: fx.Ask | fx.Remember) -> None:
        match effect:
            case fx.Ask(question=None):
                scene.conversation = answered(scene.conversation)
            case fx.Ask(question=question):
                assert question is not None
                scene.conversation = ask(scene.conversation, question)
            case fx.Remember():
                known = scene.conversation
                kept = None if effect.forgets_question else known.last_question
                given = effect.answers_given
                scene.conversation = replace(
                    known,
                    last_topic=effect.last_topic or known.last_topic,
                    greeted=effect.greeted or known.greeted,
                    last_question=effect.question or kept,
                    answers_given=known.answers_given if given is None else given,
                )
        scene.conversation_changed = True

    async def _alert(
        self,
        scene: Scene,
        effect: fx.RaiseAlert | fx.SettleCheck | fx.JoinAlert | fx.ReturnHandoff,
    ) -> None:
        match effect:
            case fx.RaiseAlert():
                await self._raise(scene, effect)
            case fx.SettleCheck():
                await self._settle_check(scene, effect)
            case fx.JoinAlert(note=note):
                assert scene.patient_id is not None
                case = await scene.tx.cases.newest_open(scene.patient_id)
                if case is not None:
                    await scene.tx.cases.move(case.id, state=case.state, note=note)
            case fx.ReturnHandoff():
                assert scene.patient_id is not None
                case = await scene.tx.cases.open_of(scene.patient_id, HANDOFF)
                if case is not None:
                    closed = EscalationState.CLOSED
                    await scene.tx.cases.move(case.id, state=closed, note="patient-asked-for-balm")

    async def _settle_check(self, scene: Scene, effect: fx.SettleCheck) -> None:
        """TALK makes the case as urgent as its category, also when silence had opened it before.

        Where staff have closed it meanwhile, a new one is opened: a call for help is never lost.
        """
        assert scene.patient_id is not None
        cases = scene.tx.cases
        case = await cases.checking(scene.patient_id)
        if not effect.opens:
            if case is not None:
                closed = EscalationState.CLOSED
                await cases.move(case.id, state=closed, note="patient-said-ok")
            return
        urgency = self._flag_rules[effect.category].urgency
        if case is None:
            case = await cases.open_of(scene.patient_id, effect.category)
        if case is None:
            again = fx.RaiseAlert(category=effect.category, urgency=urgency, evidence="TALK")
            await self._raise(scene, again)
            return
        is_waiting = case.state is EscalationState.CHECKING
        state = EscalationState.OPEN if is_waiting else case.state
        await cases.move(case.id, state=state, urgency=urgency, note="patient-said-talk")

    async def _raise(self, scene: Scene, effect: fx.RaiseAlert) -> None:
        if effect.once and await self._joins(scene, effect):
            return
        rule = self._flag_rules.get(effect.category)
        deadline = effect.checking_until or effect.due_by
        if deadline is None and rule is not None:
            deadline = scene.now + rule.acknowledge_within
        is_checking = effect.checking_until is not None
        case = Escalation(
            id=EscalationId(self._ids.new()),
            clinic_id=scene.clinic_id,
            cause=f"{scene.cause}:{scene.cases}",
            category=effect.category,
            urgency=effect.urgency,
            state=EscalationState.CHECKING if is_checking else EscalationState.OPEN,
            patient_id=scene.patient_id,
            opened_at=scene.now,
            deadline_at=deadline,
            evidence=effect.evidence,
            note=effect.note,
            is_confidential=await is_confidential(
                scene.tx, scene.clinic, scene.patient_id, rule, now=scene.now
            ),
        )
        scene.cases += 1
        await scene.tx.cases.add(case)
        await self._audit(scene, "case-opened")

    async def _joins(self, scene: Scene, effect: fx.RaiseAlert) -> bool:
        """Whether an open case of this category has taken the news instead of a new one."""
        assert scene.patient_id is not None
        case = await scene.tx.cases.open_of(scene.patient_id, effect.category)
        if case is None:
            return False
        noted = (case.note or "").split("; ")
        fresh = [] if effect.note in noted or effect.note is None else [effect.note]
        if fresh:
            await scene.tx.cases.move(case.id, state=case.state, note=fresh[0])
        return True

    async def _connect(
        self,
        scene: Scene,
        effect: fx.OptOut | fx.OptIn | fx.SetAddressState | fx.BindAddress,
    ) -> None:
        recipient = scene.recipient
        assert recipient is not None
        people = scene.tx.people
        match effect:
            case fx.OptOut(reason=reason):
                await people.opt_out(scene.clinic_id, recipient.index, reason=reason, at=scene.now)
                await scene.tx.outbox.skip_for(
                    scene.clinic_id, recipient.index, reason="opted-out", at=scene.now
                )
                scene.is_opted_out = True
                await self._audit(scene, f"opt-out:{reason}")
            case fx.OptIn(undoes=reasons):
                await people.opt_in(scene.clinic_id, recipient.index, reasons=reasons)
                scene.is_opted_out = await people.is_opted_out(scene.clinic_id, recipient.index)
                await self._audit(scene, "opt-in")
            case fx.SetAddressState(state=state):
                await people.set_address_state(scene.clinic_id, recipient.index, state)
                await self._audit(scene, f"address-{state}")
            case fx.BindAddress():
                await self._bind(scene, recipient, effect)

    async def _bind(self, scene: Scene, recipient: Recipient, effect: fx.BindAddress) -> None:
        invite = await scene.tx.people.invite(effect.invite_id)
        assert invite is not None
        address = Address(
            id=AddressId(self._ids.new()),
            patient_id=invite.patient_id,
            channel=recipient.channel,
            sender_id=recipient.sender_id,
            value=recipient.value,
            state=AddressState.ACTIVE,
        )
        await scene.tx.people.add_address(scene.clinic_id, address, at=scene.now)
        await scene.tx.people.use_invite(invite.id, at=scene.now)
        old, new = scene.conversation.lane, Lane(f"patient:{invite.patient_id}")
        await scene.tx.inbox.move_lane(scene.clinic_id, old=old, new=new)
        await scene.tx.conversations.forget(scene.clinic_id, old)
        scene.conversation = await scene.tx.conversations.get(scene.clinic_id, new)
        scene.patient_id = invite.patient_id
        scene.recipient = replace(recipient, address_id=address.id)
        await self._audit(scene, "address-bound")

    async def _enrol(
        self, scene: Scene, effect: fx.CloseInvite | fx.CountTry | fx.FinishEnrolment
    ) -> None:
        match effect:
            case fx.CloseInvite(invite_id=invite_id, reason=reason):
                await scene.tx.people.close_invite(invite_id, reason=reason)
                await self._audit(scene, f"invite-closed:{reason}")
            case fx.CountTry():
                assert scene.recipient is not None
                await scene.tx.people.count_stranger(
                    scene.clinic_id, scene.recipient.index, now=scene.now, is_try=True
                )
            case fx.FinishEnrolment():
                assert scene.patient_id is not None
                await scene.tx.people.set_status(scene.patient_id, PatientStatus.ACTIVE)
                await self._planner.plan_patient(scene.tx, scene.clinic_id, scene.patient_id)
                await self._audit(scene, "enrolled")

    async def _record(
        self, scene: Scene, effect: fx.RecordFact | fx.LogDose | fx.RecordAnswer
    ) -> None:
        assert scene.patient_id is not None
        match effect:
            case fx.RecordFact():
                fact = Fact(
                    kind=effect.kind,
                    value=effect.value,
                    effective_at=effect.effective_at or scene.now,
                    recorded_at=scene.now,
                    recorded_by=scene.actor,
                )
                await scene.tx.people.add_fact(scene.clinic_id, scene.patient_id, fact)
                if effect.kind is FactKind.HOLD:
                    await scene.tx.outbox.skip_kind(
                        scene.patient_id, _HELD_KINDS, reason="hold", at=scene.now
                    )
                if effect.kind is FactKind.PAUSE and effect.value.get("until"):
                    paused = str(effect.value["kind"])
                    kinds = _PAUSED_WITH_ALL if paused == "all" else (paused,)
                    await scene.tx.outbox.skip_kind(
                        scene.patient_id, kinds, reason="paused", at=scene.now
                    )
                await self._audit(scene, f"fact:{effect.kind}")
            case fx.LogDose():
                await scene.tx.plan.log_dose(
                    scene.clinic_id, scene.patient_id, effect, at=scene.now
                )
                scene.has_heard = True
            case fx.RecordAnswer():
                await scene.tx.plan.add_answer(
                    scene.clinic_id, scene.patient_id, effect, at=scene.now
                )
                scene.has_heard = True

    async def _move(self, scene: Scene, effect: fx.MoveOccurrence | fx.Replan) -> None:
        match effect:
            case fx.MoveOccurrence():
                await scene.tx.plan.move(
                    effect.occurrence_id,
                    state=effect.state,
                    next_at=effect.next_at,
                    reason=effect.reason,
                )
                scene.has_heard |= effect.state is OccurrenceState.MISSED
            case fx.Replan():
                assert scene.patient_id is not None
                await self._planner.plan_patient(scene.tx, scene.clinic_id, scene.patient_id)

    async def _audit(self, scene: Scene, verb: str) -> None:
        await scene.tx.house.audit(
            scene.clinic_id,
            at=scene.now,
            actor=scene.actor,
            verb=verb,
            subject=scene.patient_id,
        )
