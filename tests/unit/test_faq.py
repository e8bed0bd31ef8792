"""The policy of the matcher: answer, offer or leave; regions, follow-ups, other medicines."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.faq import RANKED, FaqModel, Ranking, language_used, match, rank, rank_after
from bot.domain.faq_confusions import confusions
from bot.domain.faq_explain import explain
from bot.domain.faq_fit import fit_language, left_out_signals
from bot.domain.faq_model import FaqSource, LanguageModel, Phrasebook, Risk, Thresholds, Topic
from bot.domain.identity import Region
from bot.domain.reading import FaqDecision, FaqMatch

LIPS = (
    "my lips are cracked",
    "which balm for dry lips",
    "lips peel and bleed when i smile",
    "chapped lips at night",
    "sore lips what can i put on them",
)
ALCOHOL = (
    "can i drink beer",
    "one glass of wine at dinner",
    "is alcohol bad with this",
    "vodka at a party tonight",
    "drinking on my birthday",
)
TESTS_US = (
    "when is my pregnancy test due for ipledge",
    "do i need a pregnancy test every month",
    "home pregnancy test or lab in the us",
    "why two pregnancy tests before i start",
)
TESTS_UK = (
    "how often are pregnancy tests in the uk",
    "nhs pregnancy test before every prescription",
    "pregnancy test five weeks after the last capsule",
)
MEN = (
    "does it harm sperm",
    "my girlfriend is pregnant and i take it, i am a man",
    "do men and guys need condoms",
)
PAINKILLERS = (
    "is ibuprofen ok",
    "can i take tylenol for my back",
    "aspirin or advil while on this",
    "naproxen for cramps",
)
SIDE_EFFECTS = (
    "what are the side effects",
    "which side effects are common",
    "list of side effects please",
    "what can go wrong with this medicine",
)
IPLEDGE = ("i cannot log in to ipledge", "ipledge password reset", "ipledge locked my account")

ENGLISH = FaqSource(
    language="en",
    topics=(
        Topic(id="dry-lips", title="Dry lips", risk=Risk.ROUTINE, questions=LIPS),
        Topic(id="alcohol", title="Alcohol", risk=Risk.CALL_CLINIC, questions=ALCOHOL),
        Topic(
            id="pregnancy-tests-us",
            title="Pregnancy tests",
            risk=Risk.CALL_CLINIC,
            regions=frozenset({Region.US}),
            family="pregnancy-tests",
            questions=TESTS_US,
        ),
        Topic(
            id="pregnancy-tests-uk",
            title="Pregnancy tests",
            risk=Risk.CALL_CLINIC,
            regions=frozenset({Region.UK}),
            family="pregnancy-tests",
            questions=TESTS_UK,
        ),
        Topic(id="men-sperm", title="Men and sperm", risk=Risk.ROUTINE, questions=MEN),
        Topic(id="painkillers", title="Painkillers", risk=Risk.ROUTINE, questions=PAINKILLERS),
        Topic(id="side-effects", title="Side effects", risk=Risk.ROUTINE, questions=SIDE_EFFECTS),
        Topic(
            id="ipledge-log-in",
            title="Log in",
            risk=Risk.ROUTINE,
            regions=frozenset({Region.US}),
            questions=IPLEDGE,
        ),
    ),
    replies={
        "thanks": ("thank you", "thanks a lot", "cheers", "ty"),
        "other-medicine": ("how much metformin should i take", "side effects of ozempic"),
    },
    out_of_scope=(
        "what is the weather tomorrow",
        "who won the match",
        "order me a pizza",
        "tell me a joke",
        "how far is the moon",
        "my car makes a noise",
    ),
    phrasebook=Phrasebook(
        openings=frozenset({"and", "what about"}),
        pointers=frozenset({"it", "that"}),
        our_medicine=frozenset({"accutane", "isotretinoin"}),
        other_medicines=frozenset(
            {"metformin", "ozempic", "ibuprofen", "tylenol", "aspirin", "advil", "naproxen"}
        ),
    ),
)
SPANISH = FaqSource(
    language="es",
    topics=(
        Topic(
            id="dry-lips",
            title="Labios secos",
            risk=Risk.ROUTINE,
            questions=("tengo los labios secos", "qué bálsamo uso para los labios partidos"),
        ),
        Topic(
            id="alcohol",
            title="Alcohol",
            risk=Risk.ROUTINE,
            questions=("puedo tomar una cerveza", "vino en una boda"),
        ),
    ),
    replies={},
    out_of_scope=("qué tiempo hará mañana",),
    phrasebook=Phrasebook(),
)
EASY = Thresholds(answer=dict.fromkeys(Risk, 0.5), answer_scope=0.3, offer_scope=0.0)


@pytest.fixture(scope="module")
def english() -> LanguageModel:
    return replace(fit_language(ENGLISH), thresholds=EASY)


@pytest.fixture(scope="module")
def model(english: LanguageModel) -> FaqModel:
    spanish = replace(fit_language(SPANISH), thresholds=EASY)
    return FaqModel(languages={"en": english, "es": spanish})


def ask(model: FaqModel, text: str, **how: object) -> FaqMatch:
    return match(text, model, **{"language": "en", **how})  # type: ignore[arg-type]  # a shorthand


class TestDecision:
    def test_answers_what_it_knows(self, model: FaqModel) -> None:
        found = ask(model, "my lips are so cracked, which balm")
        assert found.decision is FaqDecision.ANSWER
        assert found.topics[0] == "dry-lips"
        assert found.score > 0.5

    def test_offers_what_lies_between_two_topics(self, model: FaqModel) -> None:
        found = ask(model, "can i drink beer with cracked lips")
        assert {"dry-lips", "alcohol"} == set(found.topics[:2])

    def test_offers_instead_of_answering_when_unsure(self, english: LanguageModel) -> None:
        strict = Thresholds(answer=dict.fromkeys(Risk, 99.0), answer_scope=0.3, offer_scope=0.0)
        careful = FaqModel(languages={"en": replace(english, thresholds=strict)})
        assert ask(careful, "my lips are cracked").decision is FaqDecision.CLARIFY

    def test_is_stricter_above_routine(self, english: LanguageModel) -> None:
        answer = {**dict.fromkeys(Risk, 0.5), Risk.CALL_CLINIC: 99.0}
        careful = FaqModel(
            languages={"en": replace(english, thresholds=replace(EASY, answer=answer))}
        )
        assert ask(careful, "can i drink beer tonight").decision is FaqDecision.CLARIFY
        assert ask(careful, "my lips are cracked").decision is FaqDecision.ANSWER

    def test_leaves_what_is_about_no_topic(self, model: FaqModel) -> None:
        found = ask(model, "will the weather be good tomorrow")
        assert found.decision is FaqDecision.ABSTAIN
        assert found.reply is None

    def test_names_the_reply_to_small_talk(self, model: FaqModel) -> None:
        found = ask(model, "ok thanks a lot!!")
        assert (found.decision, found.reply) == (FaqDecision.ABSTAIN, "thanks")

    @pytest.mark.parametrize("text", ["", "   ", "😭💊", "?!", "\n\n"])
    def test_leaves_a_message_without_words(self, model: FaqModel, text: str) -> None:
        assert ask(model, text) == FaqMatch(decision=FaqDecision.ABSTAIN)

    def test_leaves_a_language_that_it_does_not_know(self, model: FaqModel) -> None:
        found = ask(model, "quero saber se posso beber cerveja com remedio")
        assert found.decision is FaqDecision.ABSTAIN

    @given(st.text(max_size=300))
    @settings(max_examples=150, deadline=None)
    def test_is_defined_for_any_text(self, model: FaqModel, text: str) -> None:
        found = ask(model, text)
        assert len(set(found.topics)) == len(found.topics) <= RANKED
        assert 0.0 <= found.score <= 1.0
        assert found.reply is None or found.decision is FaqDecision.ABSTAIN


class TestRegion:
    @pytest.mark.parametrize(
        ("region", "served"),
        [(Region.US, "pregnancy-tests-us"), (Region.UK, "pregnancy-tests-uk")],
    )
    def test_serves_the_member_of_its_family(
        self, model: FaqModel, region: Region, served: str
    ) -> None:
        for text in ("pregnancy test every month", "nhs pregnancy test"):
            assert ask(model, text, region=region).topics[0] == served

    @pytest.mark.parametrize("region", list(Region))
    def test_names_a_family_once(self, model: FaqModel, region: Region) -> None:
        found = ask(model, "pregnancy test", region=region).topics
        assert len({"pregnancy-tests-us", "pregnancy-tests-uk"} & set(found)) <= 1

    @pytest.mark.parametrize("region", [Region.UK, Region.EU, Region.INDIA])
    def test_never_names_a_topic_of_another_region(self, model: FaqModel, region: Region) -> None:
        assert "ipledge-log-in" not in ask(model, "ipledge password", region=region).topics
        assert ask(model, "ipledge password", region=Region.US).topics[0] == "ipledge-log-in"

    def test_leaves_out_a_family_without_a_member(self, model: FaqModel) -> None:
        found = ask(model, "pregnancy test", region=Region.INDIA).topics
        assert not {"pregnancy-tests-us", "pregnancy-tests-uk"} & set(found)

    def test_may_rank_any_member_when_unknown(self, model: FaqModel) -> None:
        found = ask(model, "pregnancy test nhs uk prescription")
        assert found.topics[0] == "pregnancy-tests-uk"


class TestFollowUp:
    def test_stands_for_itself_when_it_is_clear(self, model: FaqModel) -> None:
        found = ask(model, "and a beer at dinner?", last_topic="dry-lips")
        assert found == ask(model, "and a beer at dinner?")
        assert found.decision is FaqDecision.ANSWER

    def test_goes_on_with_the_last_topic_when_it_says_too_little(self, model: FaqModel) -> None:
        found = ask(model, "and for that?", last_topic="side-effects")
        assert found.topics[0] == "side-effects"
        assert found.decision is FaqDecision.CLARIFY
        assert ask(model, "and for that?").topics[0] != "side-effects"

    def test_never_repeats_the_last_answer_unasked(self, english: LanguageModel) -> None:
        eager = Thresholds(answer=dict.fromkeys(Risk, 0.1), answer_scope=9.0, offer_scope=0.0)
        model = FaqModel(languages={"en": replace(english, thresholds=eager)})
        found = ask(model, "what about that", last_topic="dry-lips")
        assert found.decision is not FaqDecision.ANSWER

    def test_only_offers_what_is_far_from_the_topic_that_it_points_at(
        self, model: FaqModel
    ) -> None:
        found = ask(model, "and that beer at dinner?", last_topic="dry-lips")
        assert found.topics[0] == "alcohol"
        assert found.decision is FaqDecision.CLARIFY

    def test_favours_what_authors_named_as_related(self, english: LanguageModel) -> None:
        lips = replace(english.topics["dry-lips"], related=("painkillers",))
        plain = rank_after(english.topics["dry-lips"], "and that", english, region=Region.UNKNOWN)
        related = rank_after(lips, "and that", english, region=Region.UNKNOWN)
        assert related.topics.index("painkillers") <= _place(plain, "painkillers")
        assert related.after == "dry-lips"

    def test_does_not_bend_a_longer_question(self, model: FaqModel) -> None:
        text = "is vodka at a party tonight fine or should my birthday stay dry this year"
        assert ask(model, text, last_topic="dry-lips") == ask(model, text)

    def test_ignores_a_last_topic_that_it_does_not_know(self, model: FaqModel) -> None:
        assert ask(model, "and it hurts", last_topic="gone") == ask(model, "and it hurts")


def _place(ranking: Ranking, topic: str) -> int:
    return ranking.topics.index(topic) if topic in ranking.topics else len(ranking.topics)


class TestOtherMedicine:
    @pytest.mark.parametrize(
        "text", ["side effects of metformin", "what are the side effects of ozempic"]
    )
    def test_is_never_answered(self, model: FaqModel, text: str) -> None:
        found = ask(model, text)
        assert (found.decision, found.reply) == (FaqDecision.ABSTAIN, "other-medicine")

    def test_is_never_answered_in_a_long_message(self, model: FaqModel) -> None:
        found = ask(
            model,
            "my doctor gave me metformin last year for my sugar and i would like to know "
            "which side effects are common",
        )
        assert found.decision is not FaqDecision.ANSWER

    def test_may_be_part_of_a_question_about_ours(self, model: FaqModel) -> None:
        found = ask(model, "is ibuprofen or naproxen ok for my back")
        assert found.topics[0] == "painkillers"
        assert found.reply is None

    def test_does_not_hide_ours(self, model: FaqModel) -> None:
        found = ask(model, "side effects of accutane with metformin")
        assert found.reply is None
        assert found.topics[0] == "side-effects"


class TestLanguage:
    def test_takes_the_language_that_was_written(self, model: FaqModel) -> None:
        used = language_used("tengo los labios partidos", model, stated="en")
        assert used.language == "es"

    def test_keeps_the_stated_one_in_doubt(self, model: FaqModel) -> None:
        assert language_used("alcohol", model, stated="es").language == "es"
        assert language_used("???", model, stated="en").language == "en"

    def test_reads_a_script_variant_with_its_language(self, model: FaqModel) -> None:
        assert model.of("es-MX").language == "es"
        assert model.of("fr").language == "en"


class TestFit:
    def test_thresholds_follow_the_content(self) -> None:
        limits = fit_language(ENGLISH).thresholds
        assert limits.answer_scope >= limits.offer_scope
        assert limits.answer[Risk.EMERGENCY] >= limits.answer[Risk.ROUTINE] > 0

    def test_signals_do_not_see_their_own_line(self) -> None:
        fitted = fit_language(ENGLISH)
        lines = [line.text for line in ENGLISH.lines()]
        signals = left_out_signals(fitted, lines)
        lonely = lines.index("naproxen for cramps")
        seen = rank(lines[lonely], fitted, region=Region.UNKNOWN)
        assert signals.confidence[lonely] < seen.confidence

    def test_medicine_topics_are_found_in_the_questions(self) -> None:
        assert fit_language(ENGLISH).about_medicines == {"painkillers"}

    def test_needs_no_list_of_other_lines(self) -> None:
        bare = replace(ENGLISH, replies={}, out_of_scope=())
        alone = FaqModel(languages={"en": fit_language(bare)})
        assert ask(alone, "my lips are cracked and dry").topics[0] == "dry-lips"

    def test_confusions_count_every_question_once(self) -> None:
        fitted = fit_language(ENGLISH)
        seen = confusions(fitted, [line.text for line in ENGLISH.lines()])
        assert seen.lines == sum(len(topic.questions) for topic in ENGLISH.topics)
        assert seen.right_first + len(seen.found) == seen.lines
        assert seen.right_first <= seen.right_in_three <= seen.lines
        assert all(one.topic != one.taken_for for one in seen.found)

    def test_explanation_names_what_the_match_ranks(self, model: FaqModel) -> None:
        reasons = explain("my lipps are crackd", model, language="en")
        assert reasons.topics[0].topic == "dry-lips"
        assert ("crackd", "cracked") in reasons.corrections
        assert reasons.topics[0].score == max(one.score for one in reasons.topics)
