"""Does a rule mean what it says, for everybody, whatever is known of them?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audience import (
    FIELDS,
    FieldKind,
    RuleError,
    Value,
    Values,
    explain,
    fields_of,
    fits,
    parse,
    truth,
)

ANA: Values = {
    "category": "can-become-pregnant",
    "week": 3,
    "language": "en",
    "channel": "sms",
    "minor": "no",
}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("everybody", True),
        ("category is can-become-pregnant", True),
        ("category is not can-become-pregnant", False),
        ("week between 1 and 3 and channel is sms", True),
        ("week < 3", False),
        ("week <= 3", True),
        ("week > 2 and week >= 3 and week = 3", True),
        ("language in (es, hi) or week is 3", True),
        ("not (language in (es, hi) or channel is telegram)", True),
        ("minor is yes or minor is no", True),
        ("Week BETWEEN 1 And 3", True),
        ("adherence < 50", None),
        ("adherence is known", False),
        ("adherence is not known", True),
        ("adherence < 50 or week is 3", True),
        ("adherence < 50 and week is 4", False),
        ("not adherence < 50", None),
    ],
)
def test_a_rule_reads_like_a_sentence(rule: str, expected: bool | None) -> None:
    assert truth(parse(rule), ANA) is expected
    assert fits(parse(rule), ANA) is (expected is True)


@pytest.mark.parametrize(
    ("rule", "column", "reason"),
    [
        ("", 1, "expected the name of a fact"),
        ("weeek < 3", 1, "did you mean “week”?"),
        ("colour is red", 1, "there is no fact “colour”"),
        ("week < three", 8, "expected a whole number, found “three”"),
        ("week < 3 week", 10, "expected “and”, “or” or the end"),
        ("(week < 3", 10, "expected “)”"),
        ("week between 9 and 3", 20, "nothing lies between 9 and 3"),
        ("category is male", 13, "“category” is never “male”"),
        ("language < 3", 10, "after “language” comes “is” or “in"),
        ("adherence > 101", 13, "expected a number from 0 to 100"),
        ("week is", 8, "expected a whole number"),
        ("everybody and", 14, "expected the name of a fact"),
        ("language in es", 13, "expected “(”"),
        ("(" * 25 + "week < 3" + ")" * 25, 21, "nested"),
        ("week < 3 or " * 100 + "week < 3", 1000, "at most 1000 characters"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(
    rule: str, column: int, reason: str
) -> None:
    with pytest.raises(RuleError) as told:
        parse(rule)
    assert reason in str(told.value)
    assert told.value.column == column


def _tests() -> st.SearchStrategy[str]:
    numbers = sorted(name for name, one in FIELDS.items() if one.kind is FieldKind.NUMBER)
    choices = sorted(name for name, one in FIELDS.items() if one.choices)
    return st.one_of(
        st.builds("{} <= {}".format, st.sampled_from(numbers), st.integers(0, 10)),
        st.builds("{} is known".format, st.sampled_from(sorted(FIELDS))),
        st.sampled_from(choices).flatmap(
            lambda name: st.builds(f"{name} is {{}}".format, st.sampled_from(FIELDS[name].choices))
        ),
    )


RULES = st.recursive(
    _tests(),
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)


def _values() -> st.SearchStrategy[dict[str, Value | None]]:
    def of(name: str) -> st.SearchStrategy[Value | None]:
        field = FIELDS[name]
        known: st.SearchStrategy[Value] = (
            st.sampled_from(field.choices) if field.choices else st.integers(0, 10)
        )
        return st.none() | known

    names = [name for name, one in FIELDS.items() if one.choices or one.kind is FieldKind.NUMBER]
    return st.fixed_dictionaries({}, optional={name: of(name) for name in names})


@given(rule=RULES, values=_values())
def test_every_rule_is_total_and_what_is_learnt_never_contradicts(
    rule: str, values: dict[str, Value | None]
) -> None:
    read = parse(rule)
    answer = truth(read, values)
    assert truth(read, values) is answer
    assert (fits(read, values)) == (answer is True)
    if "known" not in rule:
        nothing_known = truth(read, {})
        assert nothing_known in (None, answer) or not fields_of(read)


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_a_told_mistake(text: str) -> None:
    answer, column = None, 1
    try:
        answer = truth(parse(text), ANA)
    except RuleError as error:
        column = error.column
    assert answer in (True, False, None)
    assert 1 <= column <= len(text) + 1


def test_the_author_is_told_why() -> None:
    patients: list[Values] = [{"week": 2, "language": "en"}, {"week": 9}, {"language": "en"}]
    told = explain(parse("week < 6 and language is en"), patients)
    assert (told.matches, told.patients, told.undecided) == (1, 3, 1)
    assert told.words() == (
        "matches 1 of 3: “week < 6” holds for 1 (1 not known), "
        "“language is en” holds for 2 (1 not known)"
    )
