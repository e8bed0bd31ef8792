"""The text classifier: words, spelling, features, ridge, and the arrays that it is kept as."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.lexical import (
    Example,
    LexicalModel,
    Settings,
    fit,
    refit,
    sentences,
    tokens,
)
from bot.domain.lexical.dense import Likeness
from bot.domain.lexical.meaning import WordTable
from bot.domain.lexical.ridge import inverse_by_halves, solve_ridge
from bot.domain.lexical.spelling import speller

LINES = {
    "dry-lips": (
        "my lips are cracked",
        "which balm for dry lips",
        "lips peel and bleed when i smile",
        "chapped lips at night",
    ),
    "alcohol": (
        "can i drink beer",
        "one glass of wine at dinner",
        "is alcohol bad with this",
        "vodka at a party tonight",
    ),
    "sun": (
        "do i need sunscreen",
        "i burn in the sun so fast",
        "beach holiday and sunburn",
        "sunscreen for my face at the beach",
    ),
}
EXAMPLES = [Example(text=text, label=label) for label, texts in LINES.items() for text in texts]


@pytest.fixture(scope="module")
def model() -> LexicalModel:
    return fit(EXAMPLES, concepts={"chapstick": "=balm", "balm": "=balm"})


class TestWords:
    @pytest.mark.parametrize(
        ("typed", "read"),
        [
            ("I can't, won't; didn’t", "i can not will not did not"),
            ("dont im ive", "do not i am i have"),
            ("40mg/day", "40 mg day"),
            ("soooo DRY", "soo dry"),
            ("mum's tablets", "mum tablets"),
            ("होंठ फटे हैं", "होंठ फटे हैं"),
            ("¿Puedo tomar cerveza?", "puedo tomar cerveza"),
            ("ＦＵＬＬ width", "full width"),
            ("'; DROP TABLE x;--", "drop table x"),
        ],
        ids=["contractions", "bare", "units", "stretched", "owner", "hindi", "es", "wide", "sql"],
    )
    def test_are_read_however_they_were_typed(self, typed: str, read: str) -> None:
        assert tokens(typed) == read.split()

    @pytest.mark.parametrize("text", ["", "   ", "😭😭", "?!...", "💊 🏥"])
    def test_are_none_in_a_text_without_letters(self, text: str) -> None:
        assert tokens(text) == []

    def test_keep_beginning_and_end_of_a_very_long_text(self) -> None:
        words = tokens("first " + "x " * 20_000 + "last")
        assert (words[0], words[-1]) == ("first", "last")
        assert len(words) < 5_000

    def test_are_split_into_sentences_at_ends_and_lines(self) -> None:
        found = sentences("Day 3. Lips hurt!! what helps?\n\nthanks...")
        assert found == ["Day 3.", "Lips hurt!", "what helps?", "thanks"]

    @given(st.text())
    @settings(max_examples=200)
    def test_are_stable_when_read_twice(self, text: str) -> None:
        once = tokens(text)
        assert tokens(" ".join(once)) == once


class TestSpeller:
    FOUND = speller({"lips": 9, "cracked": 5, "sunscreen": 3, "alcohol": 2})

    @pytest.mark.parametrize(
        ("typed", "read"),
        [
            ("crackd", "cracked"),
            ("lisp", "lips"),
            ("sunscren", "sunscreen"),
            ("alchohl", "alchohl"),
            ("sunscrne", "sunscreen"),
            ("tips", "tips"),
            ("lip", "lip"),
            ("lips", "lips"),
        ],
        ids=["missing", "swapped", "long", "7-two-edits", "two", "initial", "short", "known"],
    )
    def test_corrects_one_edit_or_two_in_long_words(self, typed: str, read: str) -> None:
        assert self.FOUND.correct(typed) == read

    def test_leaves_words_of_the_language_alone(self) -> None:
        careful = speller({"lips": 1}, also_known=frozenset({"lisp"}))
        assert careful.correct("lisp") == "lisp"


class TestModel:
    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("what can i put on cracked lips", "dry-lips"),
            ("beeer ok?", "alcohol"),
            ("going to the beech without sunscren", "sun"),
            ("which chapstick", "dry-lips"),
        ],
    )
    def test_finds_the_label_of_new_words(self, model: LexicalModel, text: str, label: str) -> None:
        scores = model.scores(text)
        assert model.labels[int(np.argmax(scores.ridge))] == label

    def test_nearest_example_is_the_line_itself(self, model: LexicalModel) -> None:
        for number, example in enumerate(EXAMPLES):
            scores = model.scores(example.text)
            own = model.labels.index(example.label)
            assert scores.nearest_example[own] == number
            assert scores.nearest[own] == pytest.approx(1.0, abs=1e-5)

    def test_says_nothing_about_an_empty_text(self, model: LexicalModel) -> None:
        scores = model.scores("😭")
        assert scores.known_words == 0
        assert scores.evidence == 0.0
        assert not scores.ridge.any()

    def test_left_out_scores_equal_those_of_a_fit_without_the_line(self) -> None:
        # Character sequences and rarity come from all lines, so the kernel is kept the same by
        # lines that share no words: only the ridge itself is compared.
        whole = fit(EXAMPLES, settings=Settings(is_balanced=False))
        kernel = whole.postings.kernel()
        targets = np.eye(len(whole.labels))[whole.label_of]
        for left in range(len(EXAMPLES)):
            kept = [n for n in range(len(EXAMPLES)) if n != left]
            system = kernel[np.ix_(kept, kept)] + 0.5 * np.eye(len(kept))
            expected = kernel[left, kept] @ np.linalg.solve(system, targets[kept])
            np.testing.assert_allclose(whole.left_out_ridge[left], expected, atol=2e-4)

    def test_balance_lets_a_small_label_win_its_own_line(self) -> None:
        many = [Example(text=f"can i eat food number {n}", label="food") for n in range(60)]
        few = [Example(text="can i eat capsules", label="capsules")]
        scores = fit([*many, *few]).scores("can i eat capsules")
        assert scores.ridge[0] > scores.ridge[1]

    def test_explains_by_the_words_that_mattered(self, model: LexicalModel) -> None:
        parts = model.explain("cracked lips", "dry-lips", most=30)
        assert "w:lips" in [part.name for part in parts[:4]]
        total = sum(part.weight for part in parts)
        assert total == pytest.approx(
            float(model.scores("cracked lips").ridge[model.labels.index("dry-lips")]), rel=0.35
        )

    def test_survives_being_kept_as_arrays(self, model: LexicalModel) -> None:
        again = LexicalModel.from_arrays(model.to_arrays())
        assert again.labels == model.labels
        for text in ("my lipps crack", "chapstick", "यह क्या है", ""):
            np.testing.assert_array_equal(again.scores(text).ridge, model.scores(text).ridge)

    def test_is_the_same_every_time(self, model: LexicalModel) -> None:
        again = fit(EXAMPLES, concepts={"chapstick": "=balm", "balm": "=balm"})
        np.testing.assert_array_equal(again.dual, model.dual)

    @given(st.text(max_size=400))
    @settings(max_examples=150, deadline=None)
    def test_never_fails_and_never_exceeds_one(self, model: LexicalModel, text: str) -> None:
        scores = model.scores(text)
        assert np.isfinite(scores.ridge).all()
        assert (scores.nearest <= 1.0 + 1e-5).all()


class TestRidge:
    def test_inverse_by_halves_is_the_inverse(self) -> None:
        rows = np.random.default_rng(3).normal(size=(700, 90)).astype(np.float32)
        system = rows @ rows.T / 90 + np.eye(700, dtype=np.float32)
        product = inverse_by_halves(system.astype(np.float32)) @ system
        np.testing.assert_allclose(product, np.eye(700), atol=1e-3)

    def test_wins_back_what_single_precision_lost(self) -> None:
        rows = np.random.default_rng(4).normal(size=(900, 8)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        kernel = 4.0 * (rows @ rows.T) + 0.5
        targets = np.eye(3, dtype=np.float32)[np.arange(900) % 3]
        penalty = np.full(900, 0.3, dtype=np.float32)
        dual, _ = solve_ridge(kernel.copy(), targets, penalty=penalty)
        exact = np.linalg.solve(kernel.astype(np.float64) + 0.3 * np.eye(900), targets)
        np.testing.assert_allclose(dual, exact, atol=1e-3)


class TestLikeness:
    LIKENESS = Likeness(
        label_of=np.array([0, 0, 1, 1], dtype=np.int32),
        vectors=np.eye(4, dtype=np.float32),
        weight=2.0,
    )

    def test_is_its_weight_for_the_same_meaning_and_falls_off_fast(self) -> None:
        likeness = self.LIKENESS.of(np.array([[1.0, 0.8, 0.0]], dtype=np.float32))
        assert likeness[0, 0] == pytest.approx(2.0)
        assert likeness[0, 1] == pytest.approx(2.0 / np.e, rel=1e-3)
        assert likeness[0, 2] < 0.02

    def test_finds_the_nearest_example_of_each_label(self) -> None:
        vectors = np.array([[0.6, 0.8, 0.0, 0.0]], dtype=np.float32)
        nearest = self.LIKENESS.nearest(self.LIKENESS.cosines(vectors))
        np.testing.assert_allclose(nearest, [[0.8, 0.0]], atol=1e-6)

    def test_survives_being_kept_as_arrays(self) -> None:
        again = Likeness.from_arrays(self.LIKENESS.to_arrays())
        assert again.weight == self.LIKENESS.weight
        np.testing.assert_allclose(again.vectors, self.LIKENESS.vectors, atol=1e-3)

    def test_beside_words_finds_what_shares_no_word(self) -> None:
        lines = (("beer wine", "drink"), ("lips mouth", "dry"), ("lager", "drink"), ("chin", "dry"))
        examples = [Example(text=text, label=label) for text, label in lines]
        vectors = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype=np.float32)
        likeness = Likeness(
            label_of=np.array([0, 1, 0, 1], dtype=np.int32), vectors=vectors, weight=1.0
        )
        kernel = likeness.of(likeness.cosines(vectors))
        model = fit(examples, beside=kernel)
        row = model.space.row("zzz")
        beside = likeness.of(likeness.cosines(np.array([[1.0, 0.0]], dtype=np.float32)))
        found = model.scores_of_rows([row], beside)[0]
        assert model.labels[int(np.argmax(found.ridge))] == "drink"
        again = refit(model, examples, settings=Settings(), beside=kernel)
        np.testing.assert_allclose(again.dual, model.dual, atol=1e-5)


class TestWordTable:
    TABLE = WordTable(
        words=("beer", "lips", "wine"),
        vectors=np.array([[127, 0], [0, 127], [100, 10]], dtype=np.int8),
        scales=np.array([0.01, 0.02, 0.01], dtype=np.float32),
    )

    def test_adds_up_to_unit_length(self) -> None:
        vector = self.TABLE.vector(["beer", "lips"], ["beer", "lips"])
        assert np.linalg.norm(vector) == pytest.approx(1.0)
        assert vector[1] > vector[0] > 0

    def test_reads_a_misspelled_word_as_corrected(self) -> None:
        vector = self.TABLE.vector(["lipps"], ["lips"])
        np.testing.assert_allclose(vector, [0.0, 1.0], atol=1e-6)

    def test_knows_nothing_of_unknown_words(self) -> None:
        assert not self.TABLE.vector(["xyz"], ["xyz"]).any()
