"""Which questions were read for danger before, by the same red flags? Kept between two lints."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot.content.word_table import TABLE_FOLDER
from bot.domain import danger, lexical, triage

Trips = Mapping[str, str | None]
"""Questions, and the certain flag that each trips, if any."""


def remembered_flags(
    questions: Iterable[str],
    *,
    content: Path,
    cache: Path,
    read: Callable[[str], str | None],
) -> Trips:
    """The certain flag of each of `questions`; only those are read that were not read before.

    What is remembered holds for the red flags of `content` as they stand: their patterns, their
    examples, the word table and our code. The everyday questions that their classifier also
    learns from are left out, or one edited question would have all of them read again.
    """
    wanted = list(dict.fromkeys(questions))
    path = cache / f"flags-{_key(content)}.json"
    known = _known(path)
    fresh = [question for question in wanted if _name(question) not in known]
    if fresh:
        known |= {_name(question): read(question) for question in fresh}
        _keep(path, {_name(question): known[_name(question)] for question in wanted})
    return {question: known[_name(question)] for question in wanted}


def _known(path: Path) -> dict[str, str | None]:
    try:
        found = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(path: Path, known: Mapping[str, str | None]) -> None:
    """Write the whole file or nothing; those of other red flags go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, encoding="ascii", delete=False) as file:
        json.dump(known, file)
    Path(file.name).replace(path)
    for older in path.parent.glob("flags-*.json"):
        if older != path:
            older.unlink(missing_ok=True)


def _name(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:20]


def _key(content: Path) -> str:
    digest = hashlib.sha256()
    code = [
        Path(triage.__file__),
        *Path(danger.__file__).parent.glob("*.py"),
        *Path(lexical.__file__).parent.glob("*.py"),
    ]
    rules = [path for path in (content / "triage").rglob("*") if path.is_file()]
    tables = (content / "faq" / TABLE_FOLDER).glob("words-*.sha256")
    for path in (*sorted(code), *sorted(rules), *sorted(tables)):
        digest.update(path.name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:24]
