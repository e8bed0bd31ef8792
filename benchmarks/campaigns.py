"""How long do lint, audience, preview and publishing of one campaign take over a whole clinic?

Wall time stands beside the processor's own seconds, which a busy machine stretches less. Memory
is that of the process after a fifth of the patients and after the last of them: flat where both
are alike.
"""

import asyncio
import io
import json
import os
import platform
import resource
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine, event

from benchmarks.delivery.databases import postgres_database, postgres_server
from benchmarks.people import StillClock, made_up, settle
from bot.cli.campaign_cost import usual_prices
from bot.cli.campaign_show import PreviewJson
from bot.content.campaign_lint import Weight, lint
from bot.content.campaigns import LoadedCampaign, load_campaign
from bot.domain.campaign.preview import conditions
from bot.domain.campaign.version import Running
from bot.domain.identity import ClinicId
from bot.logs import configure
from bot.services.campaign_book import PREFIX
from bot.settings import Settings
from bot.wiring.campaign_house import DAILY_BUDGET, campaign_house
from bot.wiring.demo import ensure_clinic
from bot.wiring.house import House, open_house
from bot.wiring.words import CONTENT, Words, load_words

WEEKLY = Path(__file__).parent / "data" / "weekly-word.yaml"
"""Every week of the course, for those who take their doses: it asks for facts and for answers."""
PROGRAMME_STEPS = CONTENT / "campaigns" / "monthly-test-due.yaml"
"""Follows the steps of the programme, whose dates are computed for each patient."""
_DAYS = 90
_GOAL_S = 20.0
"""For lint and preview together, over 10,000 patients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing done once for everybody."""

    what: str
    wall_s: float
    cpu_s: float
    statements: int
    memory_mib: tuple[float, ...] = ()
    """After a fifth of the patients, and after all of them."""
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFigures:
    """Everything that was measured of one campaign on one database."""

    campaign: str
    database: str
    patients: int
    parts: Sequence[Part]

    @property
    def lint_and_preview_s(self) -> float:
        """What the goal is set for."""
        return sum(one.wall_s for one in self.parts if one.what in ("lint", "preview --all"))


@dataclass(slots=True)
class _Meter:
    """Counts statements and time while something is done."""

    what: str
    started: float = field(default_factory=time.perf_counter)
    worked: float = field(default_factory=time.process_time)
    wall_s: float = 0.0
    cpu_s: float = 0.0
    statements: int = 0
    memory: list[float] = field(default_factory=list)
    found: str = ""

    def look(self) -> None:
        """Note how much memory the process holds now."""
        self.memory.append(_memory_mib())

    def stop(self) -> None:
        """It is done."""
        self.wall_s = time.perf_counter() - self.started
        self.cpu_s = time.process_time() - self.worked

    @property
    def part(self) -> Part:
        """What was measured."""
        return Part(
            what=self.what,
            wall_s=self.wall_s,
            cpu_s=self.cpu_s,
            statements=self.statements,
            memory_mib=tuple(self.memory),
            found=self.found,
        )


async def measure(
    words: Words, *, patients: int, database: str | None, campaigns: Sequence[Path]
) -> list[CampaignFigures]:
    """Every campaign over the same patients, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(
            data_dir=Path(folder),
            database_url=SecretStr(database) if database else None,
            secret_key=SecretStr("bench"),
        )
        async with _clinic(settings, words, patients) as (house, clinic_id):
            return [
                CampaignFigures(
                    campaign=path.stem,
                    database="PostgreSQL" if database else f"SQLite {sqlite3.sqlite_version}",
                    patients=patients,
                    parts=[one async for one in _parts(house, clinic_id, path, patients)],
                )
                for path in campaigns
            ]


@asynccontextmanager
async def _clinic(
    settings: Settings, words: Words, patients: int
) -> AsyncIterator[tuple[House, ClinicId]]:
    async with open_house(settings, words=words, clock=StillClock()) as house:
        clinic_id = await ensure_clinic(house)
        await house.programmes.refresh(house.store)
        await settle(house, settings, clinic_id, [made_up(number) for number in range(patients)])
        yield house, clinic_id


async def _parts(
    house: House, clinic_id: ClinicId, path: Path, patients: int
) -> AsyncIterator[Part]:
    with _measured("lint") as meter:
        loaded = load_campaign(path)
        findings = lint(loaded, campaign_house(house.words))
        errors = sum(one.weight is Weight.ERROR for one in findings)
        meter.found = f"{errors} errors, {len(findings) - errors} warnings"
    yield meter.part
    with _measured("audience") as meter:
        explained = await house.campaigns.preview.audience(clinic_id, loaded)
        meter.found = f"matches {explained.matches} of {explained.patients}"
    yield meter.part
    with _measured("lint --audience") as meter:
        load = await house.campaigns.load.of(clinic_id, loaded, days=_DAYS, budget=DAILY_BUDGET)
        meter.found = f"{load.messages} messages, {load.segments} segments"
    yield meter.part
    with _measured("preview --all") as meter:
        meter.found = await _previewed(house, clinic_id, loaded, patients, meter)
    yield meter.part
    with _measured("publish") as meter:
        meter.found = await _published(house, clinic_id, loaded, patients)
    yield meter.part


async def _previewed(
    house: House, clinic_id: ClinicId, loaded: LoadedCampaign, patients: int, meter: _Meter
) -> str:
    """Everybody's preview, written as the command line writes it."""
    shown, seen, texts = PreviewJson(usual_prices()), 0, 0
    with redirect_stdout(_Nowhere()) as out:
        async for one in house.campaigns.preview.messages(clinic_id, loaded, days=_DAYS):
            shown.add(one)
            seen, texts = seen + 1, texts + sum(body is not None for body in one.texts)
            if seen == max(1, patients // 5):
                meter.look()
        shown.end(conditions(loaded.campaign))
    meter.look()
    assert seen == patients, "somebody was left out of the preview"
    return f"{texts} messages, {out.written / 1e6:.1f} MB"


async def _published(
    house: House, clinic_id: ClinicId, loaded: LoadedCampaign, patients: int
) -> str:
    """Plans of whom it touches; nobody else's."""
    versions = house.campaigns.versions
    document = loaded.path.read_text(encoding="utf-8")
    new = await versions.submit(clinic_id, document, loaded, author=None)
    done = await versions.publish(
        clinic_id, new.campaign, new.version, approval=None, running=Running.MOVE
    )
    async with house.store.read() as tx:
        planned = await tx.campaigns.patients_planned(clinic_id, f"{PREFIX}{new.name}")
    assert planned, "the campaign has no message for anybody"
    assert len(planned) <= done.patients, "somebody was not planned anew"
    return f"planned {done.patients} of {patients} anew, {len(planned)} have a message"


class _Nowhere(io.TextIOBase):
    """Takes what is printed, counts it and keeps nothing."""

    written = 0

    def write(self, text: str) -> int:
        """Count."""
        self.written += len(text)
        return len(text)


@contextmanager
def _measured(what: str) -> Iterator[_Meter]:
    """Measures what is done inside."""
    meter = _Meter(what)

    def count(*_about: object) -> None:
        meter.statements += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield meter
    finally:
        event.remove(Engine, "before_cursor_execute", count)
        meter.stop()


def _memory_mib() -> float:
    """What the process holds now; where that is not told, the most that it has held."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def run(
    *,
    patients: int,
    campaigns: Sequence[Path],
    postgres: str | None,
    with_postgres: bool,
    as_json: bool,
) -> None:
    """Measure and print."""
    configure(is_quiet=True)
    words, load = load_words(Settings()), os.getloadavg()[0]
    chosen = campaigns or (WEEKLY, PROGRAMME_STEPS)
    figures = asyncio.run(measure(words, patients=patients, database=None, campaigns=chosen))
    if with_postgres or postgres:
        with postgres_server(postgres) as server:
            if server is not None:
                with postgres_database(server.address) as database:
                    figures += asyncio.run(
                        measure(words, patients=patients, database=database, campaigns=chosen)
                    )
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    if as_json:
        told = [{**asdict(one), "lint_and_preview_s": one.lint_and_preview_s} for one in figures]
        print(json.dumps({"machine": machine, "load": load, "figures": told}))
        return
    print(f"{machine}; load {load:.1f} before the start")
    for one in figures:
        _show(one)


def _show(figures: CampaignFigures) -> None:
    print(f"\n{figures.campaign}, {figures.patients} patients, {figures.database}")
    for part in figures.parts:
        memory = " -> ".join(f"{one:.0f}" for one in part.memory_mib)
        print(
            f"  {part.what:16}{part.wall_s:8.2f} s, {part.cpu_s:7.2f} s of a processor, "
            f"{part.statements:6} statements  {part.found}"
            + (f"  (memory {memory} MiB)" if memory else "")
        )
    goal = _GOAL_S * figures.patients / 10_000
    print(f"  lint and preview: {figures.lint_and_preview_s:.2f} s (goal {goal:g})")
