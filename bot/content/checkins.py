"""Which questionnaires are there, and how is each question put?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.content.yaml_loader import load_yaml
from bot.domain.checkin import CheckinQuestion, QuestionKind, Questionnaire
from bot.domain.identity import Channel

_Words = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuestionFile(_Strict):
    """One question of a questionnaire file."""

    id: _Words
    kind: Literal["yes-no", "scale", "text"]
    minimum: int = 0
    maximum: int = 10
    logs_dose: bool = False
    name: Mapping[str, _Words]
    chat: Mapping[str, _Words]
    sms: Mapping[str, _Words]


class QuestionnaireFile(_Strict):
    """One file of content/checkins."""

    id: _Words
    version: _Words
    licence: _Words
    questions: Annotated[tuple[QuestionFile, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkins:
    """All questionnaires with their wording."""

    files: Mapping[str, QuestionnaireFile]

    def questionnaire(self, questionnaire_id: str) -> Questionnaire:
        """The questionnaire without its wording. Raises KeyError."""
        file = self.files[questionnaire_id]
        return Questionnaire(
            id=file.id,
            version=file.version,
            questions=tuple(
                CheckinQuestion(
                    id=question.id,
                    kind=QuestionKind(question.kind),
                    minimum=question.minimum,
                    maximum=question.maximum,
                    logs_dose=question.logs_dose,
                )
                for question in file.questions
            ),
        )

    def prompt(
        self, questionnaire_id: str, question_id: str, *, language: str, channel: Channel
    ) -> str:
        """How a question is put, in English where the language lacks it."""
        question = self._question(questionnaire_id, question_id)
        forms = question.chat if channel is Channel.TELEGRAM else question.sms
        return forms.get(language) or forms["en"]

    def name(self, questionnaire_id: str, question_id: str, *, language: str) -> str:
        """The short name of a question, for summaries."""
        names = self._question(questionnaire_id, question_id).name
        return names.get(language) or names["en"]

    def _question(self, questionnaire_id: str, question_id: str) -> QuestionFile:
        questions = self.files[questionnaire_id].questions
        return next(question for question in questions if question.id == question_id)


def load_checkins(folder: Path) -> Checkins:
    """All of content/checkins. Raises ContentError where a file is wrong."""
    files = [load_yaml(path, QuestionnaireFile) for path in sorted(folder.glob("*.yaml"))]
    return Checkins(files={file.id: file for file in files})
