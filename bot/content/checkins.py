"""Which questionnaires are there, how is each question put, and how are answers worded?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

from pydantic import TypeAdapter

from bot.content.checkin_files import (
    LANGUAGES,
    AlertFile,
    CadenceFile,
    ConditionFile,
    QuestionFile,
    QuestionnaireFile,
    WordsFile,
)
from bot.content.checkin_problems import problems_of
from bot.content.yaml_loader import ContentError, load_yaml, mark_of
from bot.domain.answer_words import AnswerWords
from bot.domain.escalation import Urgency
from bot.domain.identity import Channel
from bot.domain.questionnaire import (
    AlertRule,
    Anchor,
    Cadence,
    CheckinQuestion,
    Condition,
    Phase,
    QuestionKind,
    Questionnaire,
    Return,
    Taper,
)

WORDS = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkins:
    """All questionnaires with their wording."""

    files: Mapping[str, QuestionnaireFile]
    words: Mapping[str, AnswerWords]
    """By language; English words are understood in every language."""

    @property
    def questionnaires(self) -> tuple[Questionnaire, ...]:
        """All of them, without their wording, by id."""
        return tuple(self.questionnaire(one) for one in sorted(self.files))

    def questionnaire(self, questionnaire_id: str) -> Questionnaire:
        """The questionnaire without its wording. Raises KeyError."""
        file = self.files[questionnaire_id]
        return Questionnaire(
            id=file.id,
            version=file.version,
            questions=tuple(map(_question, file.questions)),
            cadence=_cadence(file.cadence),
            open_for=timedelta(hours=file.open_hours) if file.open_hours else None,
            is_private=file.is_private,
            cover=timedelta(hours=file.cover_hours) if file.cover_hours else None,
            adults_only=file.adults_only,
            alerts=tuple(map(_alert, file.alerts)),
        )

    def prompt(
        self, questionnaire_id: str, question_id: str, *, language: str, channel: Channel
    ) -> str:
        """How a question is put, in English where the language lacks it."""
        question = self._question(questionnaire_id, question_id)
        forms = question.chat if channel is Channel.TELEGRAM else question.sms
        return _in(forms, language)

    def name(self, questionnaire_id: str, question_id: str, *, language: str) -> str:
        """The short name of a question, for summaries."""
        return _in(self._question(questionnaire_id, question_id).name, language)

    def choice(self, questionnaire_id: str, question_id: str, value: str, *, language: str) -> str:
        """How a choice is called; the value itself where it is none."""
        choices = self._question(questionnaire_id, question_id).choices
        return _in(choices[value], language) if value in choices else value

    def unit(self, questionnaire_id: str, question_id: str, *, language: str) -> str:
        """The unit of a number, or nothing."""
        unit = self._question(questionnaire_id, question_id).unit
        return _in(unit, language) if unit else ""

    def title(self, questionnaire_id: str, *, language: str) -> str:
        """What the questionnaire is called."""
        return _in(self.files[questionnaire_id].title, language)

    def _question(self, questionnaire_id: str, question_id: str) -> QuestionFile:
        questions = self.files[questionnaire_id].questions
        return next(question for question in questions if question.id == question_id)


def load_checkins(folder: Path) -> Checkins:
    """All of content/checkins. Raises ContentError where a file is wrong."""
    files: dict[str, QuestionnaireFile] = {}
    for path in sorted(folder.glob("*.yaml")):
        file = load_yaml(path, QuestionnaireFile)
        for keys, reason in problems_of(file, path):
            line, column = mark_of(path, keys)
            raise ContentError(path, line=line, column=column, reason=reason)
        files[file.id] = file
    found = {path.stem: load_yaml(path, WordsFile) for path in (folder / WORDS).glob("*.yaml")}
    return Checkins(files=files, words={one: _words(found, one) for one in LANGUAGES})


def schema() -> str:
    """The JSON Schema of a questionnaire file, as it is published in content/schemas."""
    shown = TypeAdapter(QuestionnaireFile).json_schema()
    return json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _question(file: QuestionFile) -> CheckinQuestion:
    best = file.best
    if best is None and file.kind == "scale":
        best = str(file.minimum)
    return CheckinQuestion(
        id=file.id,
        kind=QuestionKind(file.kind),
        minimum=file.minimum,
        maximum=file.maximum,
        decimals=file.decimals,
        choices=tuple(file.choices),
        best=best,
        logs_dose=file.logs_dose,
        categories=frozenset(file.categories),
        only_if=_condition(file.only_if),
        flags=file.flags or None,
        topics=file.topics,
    )


def _condition(file: ConditionFile | None) -> Condition | None:
    if file is None:
        return None
    return Condition(questions=file.questions, is_one_of=file.is_one_of, at_least=file.at_least)


def _cadence(file: CadenceFile) -> Cadence:
    return Cadence(
        anchor=Anchor(file.anchor),
        phases=tuple(Phase(**phase.model_dump()) for phase in file.phases),
        rank=file.rank,
        at=time.fromisoformat(file.at) if file.at else None,
        taper=Taper(**file.taper.model_dump()) if file.taper else None,
        returns=Return(**file.returns.model_dump()) if file.returns else None,
        asks_again_after_days=file.asks_again_after_days,
    )


def _alert(file: AlertFile) -> AlertRule:
    return AlertRule(
        **{**file.model_dump(exclude={"source"}), "urgency": Urgency(file.urgency)},
    )


def _words(files: Mapping[str, WordsFile], language: str) -> AnswerWords:
    """The words of a language with the English ones behind them."""
    english = files["en"]
    own = files.get(language, english)
    listed = {
        part: (*getattr(own, part), *getattr(english, part))
        for part in WordsFile.model_fields
        if part not in ("levels", "names", "weekdays")
    }
    return AnswerWords.of(
        levels=[english.levels, own.levels],
        names=[english.names, own.names],
        weekdays=[english.weekdays, own.weekdays],
        **listed,
    )


def _in(forms: Mapping[str, str], language: str) -> str:
    return forms.get(language) or forms["en"]
