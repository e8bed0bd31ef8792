"""Which words does a decision become, for this person on this channel?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.content import Content
from bot.content.triage_library import FlagMessage
from bot.domain.delivery import LATE_AFTER, Body, Choice
from bot.domain.effect import Option, Say, SayFlag, SayTopic
from bot.domain.identity import Channel
from bot.domain.message_kind import MessageKind
from bot.domain.pages import pages
from bot.domain.patient import Clinic
from bot.domain.picture import PictureOrder
from bot.domain.safety import TALK
from bot.domain.sms_text import for_sms
from bot.services.campaign_book import PREFIX as CAMPAIGN
from bot.services.campaign_book import CampaignBook
from bot.services.signed_texts import SignedTexts

_FIT_QUESTION = "fit-question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What matters of the person who will read."""

    channel: Channel
    language: str
    clinic: Clinic
    is_discreet: bool = False
    """Whether somebody else may see this phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A rendered text with the source that it came from."""

    body: Body
    source: str
    template: str
    kind: MessageKind


def paged(composed: Composed, channel: Channel) -> list[Composed]:
    """The same as one message, or as several where it is too long; choices stand under the last."""
    texts = pages(composed.body.text, channel)
    if len(texts) == 1:
        return [composed]
    last = replace(composed, body=replace(composed.body, text=texts[-1], late_text=None))
    return [*(replace(composed, body=Body(text=text)) for text in texts[:-1]), last]


class Composer:
    """Turns effects that speak into texts of the content; writes no word of its own."""

    def __init__(
        self, content: Content, signed: SignedTexts, campaigns: CampaignBook | None = None
    ) -> None:
        """Words come from `content` and `campaigns`; `signed` knows who reviewed them."""
        self._content = content
        self._campaigns = campaigns or CampaignBook()
        self._signed = signed

    def say(self, effect: Say, reader: Reader) -> Composed:
        """A text of the content with its variables and options."""
        language = effect.language or reader.language
        source = self._source(effect.template, reader, language)
        text = self._content.render(
            source,
            self._variables(effect.variables, reader, language),
            language=language,
        )
        if reader.channel is Channel.SMS:
            text = for_sms(text)
        return Composed(
            body=Body(
                text=text,
                choices=self._choices(effect.options, reader, language),
                picture=_ordered(effect, reader, language),
            ),
            source=source,
            template=effect.template,
            kind=effect.kind,
        )

    def _source(self, template: str, reader: Reader, language: str) -> str:
        if template.startswith(CAMPAIGN):
            return self._campaigns.text(
                reader.clinic.id,
                template,
                language=language,
                channel=reader.channel,
                discreet=reader.is_discreet,
            )
        return self._content.message(template, language=language, channel=reader.channel).source

    def _label(self, option: Option, reader: Reader, language: str) -> str:
        if option.literal:
            return option.label
        if option.label.startswith(CAMPAIGN):
            return self._campaigns.label(reader.clinic.id, option.label, language=language)
        return self._content.label(option.label, language=language)

    def topic(self, effect: SayTopic, reader: Reader) -> Composed:
        """The vetted answer, verbatim, with its sources and the note on its review."""
        text = self._content.topic_text(
            effect.topic,
            language=reader.language,
            region=reader.clinic.region,
            channel=reader.channel,
            is_full=effect.is_full,
            reviewed=self._signed.reviewed(reader.clinic, effect.topic, language=reader.language),
        )
        if effect.asks_fit:
            gap = " " if reader.channel is Channel.SMS else "\n\n"
            text += gap + self.say(Say(template=_FIT_QUESTION), reader).body.text
        return Composed(
            body=Body(text=text, choices=self._choices(effect.options, reader, reader.language)),
            source=text,
            template=f"topic:{effect.topic}",
            kind=MessageKind.REPLY,
        )

    def flag(
        self, effect: SayFlag, reader: Reader, *, now: datetime, said_at: datetime | None
    ) -> Composed:
        """The fixed emergency message of a category, or its one-line check.

        What was written more than a quarter of an hour ago is answered as late, with its time; an
        emergency text carries that form with it, in case it has to wait for the provider.
        """
        message = FlagMessage(
            language=reader.language,
            region=reader.clinic.region,
            clinic=reader.clinic,
            now=now,
            is_check=effect.is_check,
            to_stranger=effect.to_stranger,
            is_sms=reader.channel is Channel.SMS,
        )
        is_late = said_at is not None and now - said_at > LATE_AFTER and not effect.is_check
        late = self._content.flag_text(effect.category, message, late_since=said_at or now)
        text = late if is_late else self._content.flag_text(effect.category, message)
        options: tuple[tuple[Option, ...], ...] = ()
        if not effect.to_stranger:
            talk = Option(label="safety-talk", action=f"{TALK}:{effect.category}")
            options = ((talk, Option(label="safety-ok", action="safety:ok")),)
        choices = self._choices(options, reader, reader.language) if effect.is_check else ()
        return Composed(
            body=Body(text=text, choices=choices, late_text=None if effect.is_check else late),
            source=text,
            template=f"flag:{effect.category}",
            kind=MessageKind.SAFETY,
        )

    def _choices(
        self, options: tuple[tuple[Option, ...], ...], reader: Reader, language: str
    ) -> tuple[tuple[Choice, ...], ...]:
        if reader.channel is Channel.SMS:
            return ()
        return tuple(
            tuple(
                Choice(label=self._label(option, reader, language), action=option.action)
                for option in row
            )
            for row in options
            if row
        )

    def _variables(
        self, variables: Mapping[str, object], reader: Reader, language: str
    ) -> dict[str, object]:
        return {
            "clinic_name": reader.clinic.name,
            "clinic_phone": reader.clinic.phone,
            "staffed_hours": reader.clinic.staffed_hours,
            **self._content.numbers(reader.clinic, language=language),
            **self._content.expand(variables, language=language, channel=reader.channel),
        }


def _ordered(effect: Say, reader: Reader, language: str) -> PictureOrder | None:
    """The picture that goes with the words; a text message has none."""
    if effect.picture is None or reader.channel is Channel.SMS:
        return None
    return PictureOrder(name=effect.picture.name, language=language, shows=effect.picture.shows)
