"""Which known word was probably meant by one that was typed in haste? Pure."""

from collections.abc import Iterable

SHORTEST_TYPED = 3
"""A shorter word is too near to too many others."""
_SHORTEST_KNOWN = 4


def meant_word(typed: str, known: Iterable[str]) -> str | None:
    """The only known word that is one slip away from `typed`; None when there is none or several.

    A slip is one letter too many, one missing, one wrong, or two beside each other swapped; the
    first letter must be right, and only words of four letters or more are guessed.
    """
    if len(typed) < SHORTEST_TYPED or not typed.isalpha():
        return None
    near = {one for one in known if len(one) >= _SHORTEST_KNOWN and is_one_slip(typed, one)}
    return near.pop() if len(near) == 1 else None


def is_one_slip(typed: str, known: str) -> bool:
    """Whether `typed` became of `known` by exactly one slip behind the first letter."""
    if typed == known or typed[:1] != known[:1] or abs(len(typed) - len(known)) > 1:
        return False
    same = next(
        (at for at, (one, other) in enumerate(zip(typed, known, strict=False)) if one != other),
        min(len(typed), len(known)),
    )
    mine, theirs = typed[same:], known[same:]
    is_missing_or_extra = mine == theirs[1:] or mine[1:] == theirs
    is_wrong = mine[1:] == theirs[1:]
    is_swapped = mine[:2] == theirs[:2][::-1] and mine[2:] == theirs[2:]
    return is_missing_or_extra or is_wrong or is_swapped
