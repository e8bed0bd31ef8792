"""How many broken campaigns are stopped before anybody gets them, and by what?

A hundred campaigns are made from the shipped ones by planting one mistake each; the loader, lint
and the model check look at them in this order. Caught counts only for the right reason. The
untouched campaigns are the other side: whatever is found in them is a false alarm.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.modelcheck_faults import FAULTS, Document, Fault, planted
from bot.content.campaign_lint import House, Weight, lint
from bot.content.campaigns import load_campaign
from bot.content.yaml_loader import ContentError, load_plain
from bot.domain.campaign.results import Share
from bot.wiring.campaign_house import campaign_house, checked_promises
from bot.wiring.words import Words

EACH = 5
_STAGES = ("loader", "lint", "model check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One kind of fault."""

    fault: str
    planted: int
    by: dict[str, int]
    missed: Sequence[str]
    """Ids of the campaigns in which it was not found, or only something else was."""

    @property
    def share(self) -> Share:
        """Caught for the right reason."""
        return Share(count=self.planted - len(self.missed), of=self.planted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    stage: str | None
    names: frozenset[str]


def run(*, library: Path, words: Words, as_json: bool) -> None:
    """Plant, look, and print."""
    documents = [dict(load_plain(path)) for path in sorted(library.glob("*.yaml"))]
    house, began = campaign_house(words), perf_counter()
    rows = [_row(fault, documents, house, words) for fault in FAULTS]
    alarms = {
        str(one["id"]): sorted(found.names)
        for one in documents
        if (found := _look(one, house, words)).stage is not None
    }
    seconds = perf_counter() - began
    if as_json:
        print(json.dumps(_as_json(rows, alarms, len(documents), seconds), indent=2))
    else:
        _show(rows, alarms, len(documents), seconds)


def _row(fault: Fault, documents: Sequence[Document], house: House, words: Words) -> Row:
    by: Counter[str] = Counter()
    missed = []
    for document in planted(fault, documents, EACH):
        found = _look(document, house, words)
        if found.stage is not None and _is_right(fault, found.names):
            by[found.stage] += 1
        else:
            missed.append(f"{document.get('id')}: {', '.join(sorted(found.names)) or 'nothing'}")
    return Row(
        fault=fault.name,
        planted=EACH,
        by={stage: by[stage] for stage in _STAGES},
        missed=missed,
    )


def _is_right(fault: Fault, names: Iterable[str]) -> bool:
    return any(reason in name for name in names for reason in fault.caught_as)


def _look(document: Document, house: House, words: Words) -> _Found:
    """What finds something first; words of the loader, checks of lint, promises of the model."""
    with TemporaryDirectory() as folder:
        return _look_at(_written(document, Path(folder)), house, words)


def _written(document: Document, folder: Path) -> Path:
    path = folder / f"{document.get('id')}.yaml"
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def _look_at(path: Path, house: House, words: Words) -> _Found:
    try:
        loaded = load_campaign(path)
    except ContentError as error:
        return _Found(stage="loader", names=frozenset({error.reason}))
    wrong = {one.check for one in lint(loaded, house) if one.weight is Weight.ERROR}
    if wrong:
        return _Found(stage="lint", names=frozenset(wrong))
    broken = {one.breach.promise.name for one in checked_promises(loaded, words).stories}
    return _Found(stage="model check" if broken else None, names=frozenset(broken))


def _sum(rows: Sequence[Row]) -> Share:
    planted_in_all = sum(row.planted for row in rows)
    missed = sum(len(row.missed) for row in rows)
    return Share(count=planted_in_all - missed, of=planted_in_all)


def _as_json(
    rows: Sequence[Row], alarms: dict[str, list[str]], good: int, seconds: float
) -> dict[str, object]:
    return {
        "faults": [
            {
                "fault": row.fault,
                "planted": row.planted,
                "caught_by": row.by,
                "missed": list(row.missed),
                "interval": row.share.interval,
            }
            for row in rows
        ],
        "caught": _sum(rows).count,
        "planted": _sum(rows).of,
        "interval": _sum(rows).interval,
        "good": good,
        "false_alarms": alarms,
        "seconds": round(seconds, 1),
    }


def _show(rows: Sequence[Row], alarms: dict[str, list[str]], good: int, seconds: float) -> None:
    table = Table("fault", "planted", *_STAGES, "caught (95 %)")
    for row in rows:
        by = [str(row.by[stage] or "") for stage in _STAGES]
        table.add_row(row.fault, str(row.planted), *by, row.share.words())
    console = Console()
    console.print(table)
    for line in _missed(rows):
        console.print(line, markup=False)
    console.print(f"Caught for the right reason: {_sum(rows).words()}")
    alarmed = Share(count=len(alarms), of=good)
    console.print(f"False alarms in the good ones: {alarmed.words()}")
    for name, found in alarms.items():
        console.print(f"  {name}: {', '.join(found)}", markup=False)
    console.print(f"{seconds:.0f} seconds")


def _missed(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        for name in row.missed:
            yield f"missed: {row.fault}: {name}"
