"""Which key did an author mean who wrote one that does not exist?"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

_CLOSE_ENOUGH = 0.6
_LISTED_AT_MOST = 12


def meant_key(model: type[BaseModel], place: Sequence[str | int], absent: Sequence[str]) -> str:
    """What the key at the end of `place` should be, as the end of a sentence; "" where unclear.

    `absent` are the keys that are needed in the same place and do not stand there.
    """
    *way, written = place
    known = sorted(_keys(model, way))
    best = get_close_matches(str(written), known, n=2, cutoff=_CLOSE_ENOUGH)
    if best:
        return "; did you mean " + " or ".join(f"“{one}”" for one in best) + "?"
    if absent:
        return "; still missing here: " + ", ".join(f"“{one}”" for one in absent)
    return "; keys are " + ", ".join(known) if 0 < len(known) <= _LISTED_AT_MOST else ""


def _keys(model: type[BaseModel], way: Sequence[str | int]) -> set[str]:
    """The keys of every form that may stand at `way`; numbers and languages lead nowhere else."""
    here: list[type[BaseModel]] = [model]
    for part in way:
        below = [
            found
            for one in here
            for name, field in one.model_fields.items()
            if part in (name, field.alias)
            for found in _models(field.annotation)
        ]
        here = below or here
    return {field.alias or name for one in here for name, field in one.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
