"""Do the fitted parts of triage do what they say, on small lines whose answer is known?"""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.danger import DangerModel, LabelledLine, Lexicon, fit, words_of
from bot.domain.danger.classifier import NONE
from bot.domain.danger.features import BUCKETS, Row, TraitSpace
from bot.domain.danger.patterns import Hit, PatternBook, Scope, parse
from bot.domain.danger.resemble import SHARPNESS, fit_resemblance
from bot.domain.danger.separate import separate
from bot.domain.danger.windows import LONG_WORDS, parts_of
from bot.domain.danger.words import latin, sound
from bot.domain.lexical.meaning import WordTable

LEXICON = Lexicon.of(
    {
        "blood": {"en": ["blood", "bleed*"], "es": ["sangr*"], "hi": ["khoon"]},
        "head": {"en": ["head", "headache"], "hi": ["sar_dard"]},
        "toilet": {"en": ["toilet"], "es": ["inodoro"]},
        "not": {"en": ["not", "no"], "hi": ["nahi"]},
    }
)
LINES = (
    LabelledLine(text="blood in the toilet again", label="rf-bowel-bleed"),
    LabelledLine(text="so much blood in the toilet", label="rf-bowel-bleed"),
    LabelledLine(text="toilet full of blood help", label="rf-bowel-bleed"),
    LabelledLine(text="my head is exploding and i vomit", label="rf-head-pressure"),
    LabelledLine(text="worst headache and vomiting", label="rf-head-pressure"),
    LabelledLine(text="head pounding, cannot see", label="rf-head-pressure"),
    LabelledLine(text="no blood in the toilet, all good", label=NONE),
    LabelledLine(text="is a blood test needed?", label=NONE),
    LabelledLine(text="mild headache gone now", label=NONE),
    LabelledLine(text="which lip balm is best?", label=NONE, is_ordinary=True),
    LabelledLine(text="when is my appointment?", label=NONE, is_ordinary=True),
    LabelledLine(text="can i wear make up?", label=NONE, is_ordinary=True),
)
CATEGORIES = ("rf-bowel-bleed", "rf-head-pressure")


def table() -> WordTable:
    words = ("blood", "toilet", "loo", "head", "skull", "balm")
    directions = np.array(
        [[100, 0, 0], [0, 100, 0], [0, 98, 5], [0, 0, 100], [5, 0, 98], [70, -70, 0]],
        dtype=np.int8,
    )
    return WordTable(words=words, vectors=directions, scales=np.ones(6, dtype=np.float32))


@pytest.fixture(scope="module")
def model() -> DangerModel:
    return fit(LINES, categories=CATEGORIES, lexicon=LEXICON, table=table())


@pytest.mark.parametrize(
    ("written", "read"),
    [("नहीं", "nahin"), ("खून", "khun"), ("पेट", "pet"), ("सिरदर्द", "siradard"), ("१२", "12")],
)
def test_devanagari_is_read_in_latin_letters(written: str, read: str) -> None:
    assert latin(written) == read


@pytest.mark.parametrize(
    ("one", "other"), [("nahi", "nhi"), ("nahin", "nahi"), ("khoon", "khun"), ("raha", "rha")]
)
def test_spellings_of_one_word_sound_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_accents_and_capitals_do_not_matter() -> None:
    assert words_of("ÚLTIMA Pastilla").tokens == words_of("ultima pastilla").tokens


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("there is blood", ["blood"]),
        ("sangrando en el inodoro", ["blood", "toilet"]),
        ("sar dard hai", ["head"]),
        ("खून", ["blood"]),
        ("hedache", ["head"]),
        ("blod", []),
        ("nothing here", []),
    ],
)
def test_words_of_all_languages_name_the_same_concepts(text: str, concepts: list[str]) -> None:
    assert LEXICON.read(words_of(text).tokens) == concepts


def test_a_word_of_the_lines_is_never_taken_for_a_misspelling() -> None:
    assert LEXICON.read(["toiled"], spelled=frozenset()) == ["toilet"]
    assert LEXICON.read(["toiled"], spelled=frozenset({"toiled"})) == []


def test_a_flag_looks_more_dangerous_than_its_denial(model: DangerModel) -> None:
    flag = model.scores(words_of("blood all over the toilet"))
    harmless = model.scores(words_of("which balm is best?"))
    assert flag.danger > 0 > harmless.danger
    assert model.categories[int(np.argmax(flag.by_category))] == "rf-bowel-bleed"


def test_a_word_that_no_line_had_counts_by_its_meaning(model: DangerModel) -> None:
    without_table = fit(LINES, categories=CATEGORIES, lexicon=LEXICON)
    said = words_of("in the loo")
    assert model.scores(said).danger > without_table.scores(said).danger


def test_a_message_of_unknown_words_is_harmless(model: DangerModel) -> None:
    assert model.scores(words_of("xyzzy")).danger == -1.0
    assert model.scores(words_of("")).danger == -1.0


def test_a_danger_among_much_chatter_is_found_in_its_part(model: DangerModel) -> None:
    chatter = "which lip balm is best, when is my appointment, can i wear make up. " * 3
    hidden = f"{chatter} blood in the toilet again. {chatter}"
    assert len(words_of(hidden).tokens) > LONG_WORDS
    assert model.scores(words_of(hidden)).danger > model.scores(words_of(chatter * 2)).danger


def test_long_messages_are_read_in_sentences_clauses_and_pairs() -> None:
    short = "Blood in the toilet again. Lips are fine today."
    assert parts_of(short) == ["Blood in the toilet again.", "Lips are fine today."]
    clauses = ["one two three four five six"] * 4
    assert len(parts_of(", ".join(clauses))) == 4 + 3
    assert parts_of("ok, yes, no") == []


def test_explaining_names_what_spoke_for_the_category(model: DangerModel) -> None:
    named = model.explain(words_of("blood in the toilet"), "rf-bowel-bleed")
    assert named[0][1] > 0
    assert any("toilet" in name or "blood" in name for name, _ in named)


def test_a_kept_model_scores_the_same(model: DangerModel) -> None:
    again = DangerModel.from_arrays(model.to_arrays(), lexicon=LEXICON, table=table())
    for line in LINES:
        words = words_of(line.text)
        assert again.scores(words).danger == pytest.approx(model.scores(words).danger, abs=0.01)
    assert again.held_out.flags.tolist() == model.held_out.flags.tolist()


def test_held_out_scores_are_kept_apart(model: DangerModel) -> None:
    assert len(model.held_out.flags) == 6
    assert len(model.held_out.near_misses) == 3
    assert len(model.held_out.ordinary) == 3


def sparse(matrix: Sequence[Sequence[float]]) -> list[Row]:
    rows = []
    for values in matrix:
        numbers = np.flatnonzero(values).astype(np.int32)
        rows.append(Row(buckets=numbers, values=np.array(values, dtype=np.float32)[numbers]))
    return rows


def test_separating_reaches_the_ridge_solution() -> None:
    chance = np.random.default_rng(3)
    x = chance.normal(size=(20, 6)).astype(np.float32)
    y = chance.normal(size=(20, 2)).astype(np.float32)
    takes_part = np.ones(y.shape, dtype=np.bool_)
    takes_part[:5, 1] = False
    penalties = np.full(20, 6.0, dtype=np.float32)
    weights = separate(sparse(x.tolist()), y, takes_part, penalties=penalties)
    for column, part in ((0, slice(0, 20)), (1, slice(5, 20))):
        exact = np.linalg.solve(x[part].T @ x[part] + 6.0 * np.eye(6), x[part].T @ y[part, column])
        assert weights[:6, column] == pytest.approx(exact, abs=0.02)
    assert weights.shape == (BUCKETS, 2)


def test_resembling_reaches_the_kernel_solution() -> None:
    chance = np.random.default_rng(4)
    vectors = chance.normal(size=(12, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    targets = chance.normal(size=(12, 1)).astype(np.float32)
    takes_part = np.ones(targets.shape, dtype=np.bool_)
    fitted = fit_resemblance(vectors, targets, takes_part, penalty=0.3)
    likeness = np.exp(SHARPNESS * (vectors @ vectors.T - 1.0))
    exact = np.linalg.solve(likeness + 0.3 * np.eye(12), targets)
    assert fitted.coefficients == pytest.approx(exact, abs=0.01)
    one = fitted.scores(vectors[0])
    assert one == pytest.approx(likeness[0] @ exact, abs=0.02)
    assert fitted.scores(np.zeros(4, dtype=np.float32)).tolist() == [0.0]


def test_a_trait_that_only_one_line_has_can_be_left_out() -> None:
    held = np.zeros(BUCKETS, dtype=np.int32)
    space = TraitSpace(lexicon=LEXICON, spelled=frozenset(), lines=2, held=held)
    assert len(space.row(words_of("blood")).buckets) == 0


BOOK = PatternBook.of(
    "en",
    {
        "rf-suicide": ["(want|wish) to die", "kill myself", "suicid*"],
        "rf-bowel-bleed": ["blood ... (toilet|poo)", "(black tarry|bloody) stool"],
    },
    {
        Scope.NEGATION: ["not", "no"],
        Scope.NEGATION_AFTER: ["is not true"],
        Scope.SETTLED: ["years ago"],
        Scope.ASKING: ["does", "can you"],
        Scope.ELSEWHERE: ["film"],
        Scope.JOKE: ["lol"],
        Scope.IDIOM: ["dying for"],
    },
)


def hits(text: str, *, spelled: Sequence[str] = ()) -> list[tuple[str, str, Scope | None]]:
    found: list[Hit] = BOOK.hits(parse(words_of(text)), spelled=frozenset(spelled))
    return [(hit.category, hit.phrase, hit.taken_back_by) for hit in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("i want to die", [("rf-suicide", "want to die", None)]),
        ("i WANNA die", [("rf-suicide", "want to die", None)]),
        ("suicidal again", [("rf-suicide", "suicidal", None)]),
        ("blood all over the toilet", [("rf-bowel-bleed", "blood all over the toilet", None)]),
        ("blood on the floor near our only toilet", []),
        ("a black tarry stool", [("rf-bowel-bleed", "black tarry stool", None)]),
        ("blood in the toilte", [("rf-bowel-bleed", "blood in the toilte", None)]),
        ("no blood in the toilet", [("rf-bowel-bleed", "blood in the toilet", Scope.NEGATION)]),
        ("not happy, blood in my poo", [("rf-bowel-bleed", "blood in my poo", None)]),
        (
            "blood in the toilet is not true",
            [("rf-bowel-bleed", "blood in the toilet", Scope.NEGATION_AFTER)],
        ),
        (
            "blood in the toilet, years ago",
            [("rf-bowel-bleed", "blood in the toilet", Scope.SETTLED)],
        ),
        ("does it make people suicidal?", [("rf-suicide", "suicidal", Scope.ASKING)]),
        ("i want to die lol", [("rf-suicide", "want to die", Scope.JOKE)]),
        ("the man in the film was suicidal", [("rf-suicide", "suicidal", Scope.ELSEWHERE)]),
        ("hello", []),
        ("", []),
    ],
)
def test_phrases_and_what_takes_them_back(
    text: str, found: list[tuple[str, str, Scope | None]]
) -> None:
    assert hits(text) == found


def test_a_word_of_the_lines_is_not_corrected_into_a_phrase() -> None:
    assert hits("kiss myself") == []
    assert hits("kyll myself")[0][0] == "rf-suicide"
    assert hits("kyll myself", spelled=["kyll"]) == []


def test_a_book_with_markers_reads_only_its_own_language() -> None:
    book = PatternBook.of("hi", {"rf-suicide": ["mar jana"]}, {}, markers=["hai", "mujhe"])
    assert (
        book.hits(parse(words_of("mujhe mar jana")), spelled=frozenset())[0].category
        == "rf-suicide"
    )
    assert (
        book.hits(parse(words_of("mujhe मर जाना")), spelled=frozenset())[0].category == "rf-suicide"
    )
    assert book.hits(parse(words_of("mar jana")), spelled=frozenset()) == []


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    words = words_of(text)
    assert all(token == token.lower() for token in words.tokens)
    assert LEXICON.read(words.tokens) is not None
    assert all(
        hit.category in {"rf-suicide", "rf-bowel-bleed"}
        for hit in BOOK.hits(parse(words), spelled=frozenset())
    )
