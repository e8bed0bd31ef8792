"""What is kept of a conversation between turns?"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import col

from bot.domain.conversation import Asking, Conversation, LastQuestion, Question
from bot.domain.identity import ClinicId, Lane
from bot.ports.people import Conflict
from bot.store.records.base import RecordsBase
from bot.store.sealing import insert_once
from bot.store.tables import ConversationRow

_OF_LANE = select(ConversationRow).where(
    col(ConversationRow.clinic_id) == bindparam("clinic_id"),
    col(ConversationRow.lane) == bindparam("lane"),
)
_STRANGER_KEPT = timedelta(hours=1)
"""So long a stranger may still ask for more of the last answer."""


class Conversations(RecordsBase):
    """State between turns, one row per lane, sealed for its person."""

    async def get(self, clinic_id: ClinicId, lane: Lane) -> Conversation:
        """The conversation of a lane; a fresh one when there is none."""
        row = await self._session.scalar(_OF_LANE, {"clinic_id": clinic_id, "lane": lane})
        if row is None:
            return Conversation(clinic_id=clinic_id, lane=lane)
        plain = await self._sealer.unseal(
            _place(lane), row.sealed_state, clinic_id=clinic_id, patient_id=_patient_of(lane)
        )
        return Conversation(
            clinic_id=clinic_id,
            lane=lane,
            version=row.version,
            awaiting=_question(plain["awaiting"]),
            paused=_question(plain["paused"]),
            last_topic=plain["last_topic"],
            greeted=plain["greeted"],
            last_question=_last_question(plain.get("last_question")),
            answers_given=plain.get("answers_given", 0),
        )

    async def save(self, conversation: Conversation, *, at: datetime) -> None:
        """Store the next version. Raises Conflict when another turn was faster."""
        lane = conversation.lane
        sealed = await self._sealer.seal(
            _place(lane),
            {
                "awaiting": _plain(conversation.awaiting),
                "paused": _plain(conversation.paused),
                "last_topic": conversation.last_topic,
                "greeted": conversation.greeted,
                "last_question": _plain_last(conversation.last_question),
                "answers_given": conversation.answers_given,
            },
            clinic_id=conversation.clinic_id,
            patient_id=_patient_of(lane),
        )
        values = {
            "version": conversation.version + 1,
            "sealed_state": sealed,
            "updated_at": at,
            "forget_at": _forget_at(conversation, at),
        }
        if conversation.version == 0:
            fresh = {"id": self._ids.new(), "clinic_id": conversation.clinic_id, "lane": lane}
            if not await insert_once(self._session, ConversationRow, {**fresh, **values}):
                raise Conflict(lane)
            return
        changed = await self._session.scalar(
            update(ConversationRow)
            .where(
                col(ConversationRow.clinic_id) == conversation.clinic_id,
                col(ConversationRow.lane) == lane,
                col(ConversationRow.version) == conversation.version,
            )
            .values(**values)
            .returning(col(ConversationRow.id))
        )
        if changed is None:
            raise Conflict(lane)

    async def forget(self, clinic_id: ClinicId, lane: Lane) -> None:
        """Remove the conversation of a lane."""
        await self._session.execute(
            delete(ConversationRow).where(
                col(ConversationRow.clinic_id) == clinic_id, col(ConversationRow.lane) == lane
            )
        )

    async def forget_strangers(self, *, before: datetime) -> int:
        """Remove conversations of unknown addresses whose last question is over at `before`."""
        gone = await self._session.execute(
            delete(ConversationRow)
            .where(col(ConversationRow.forget_at) < before)
            .returning(col(ConversationRow.id))
        )
        return len(gone.all())


def _forget_at(conversation: Conversation, at: datetime) -> datetime | None:
    """A stranger's words are kept no longer than the question that needs them is open."""
    if _patient_of(conversation.lane) is not None:
        return None
    questions = (conversation.awaiting, conversation.paused)
    ends = [question.expires_at for question in questions if question and question.expires_at]
    return max(ends, default=at + _STRANGER_KEPT)


def _place(lane: Lane) -> str:
    return f"conversation.state:{lane}"


def _patient_of(lane: Lane) -> str | None:
    kind, _, rest = lane.partition(":")
    return rest if kind == "patient" else None


def _plain(question: Question | None) -> dict[str, Any] | None:
    if question is None:
        return None
    return {
        "id": question.id,
        "asking": question.asking.value,
        "asked_at": question.asked_at.isoformat(),
        "expires_at": question.expires_at.isoformat() if question.expires_at else None,
        "step": question.step,
        "data": dict(question.data),
        "options": list(question.options),
    }


def _question(plain: dict[str, Any] | None) -> Question | None:
    if plain is None:
        return None
    return Question(
        id=plain["id"],
        asking=Asking(plain["asking"]),
        asked_at=datetime.fromisoformat(plain["asked_at"]),
        expires_at=datetime.fromisoformat(plain["expires_at"]) if plain["expires_at"] else None,
        step=plain["step"],
        data=plain["data"],
        options=tuple(plain["options"]),
    )


def _plain_last(last: LastQuestion | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {
        "asked_at": last.asked_at.isoformat(),
        "topics": list(last.topics),
        "given": last.given,
        "is_fit_asked": last.is_fit_asked,
        "text": last.text,
    }


def _last_question(plain: dict[str, Any] | None) -> LastQuestion | None:
    if plain is None:
        return None
    return LastQuestion(
        asked_at=datetime.fromisoformat(plain["asked_at"]),
        topics=tuple(plain["topics"]),
        given=plain["given"],
        is_fit_asked=plain["is_fit_asked"],
        text=plain["text"],
    )
