"""How fast is a webhook answered after its commit, and how soon does the reply leave?

Starts a real `balm run` on an empty SQLite file and plays the SMS provider on loopback: signed
webhooks come in at a steady rate, each from a phone of its own, and the replies arrive here.
Replies are timed first, at a rate whose answers the sender's own pace lets through; the storm
after that shows what the webhook itself can take.
"""

import asyncio
import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from twilio.request_validator import (  # type: ignore[import-untyped]  # ships no types
    RequestValidator,
)

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "bench-token", "+15550100199"
REPLIES, REPLIES_PER_SECOND = 60, 3.0
QUESTION = "how do i look after my dry lips"
_WAITING = "SELECT count(*) FROM inbound WHERE state = 'received'"
_ANSWERED = "SELECT received_at, applied_at FROM inbound ORDER BY received_order DESC LIMIT ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFigures:
    """All times in milliseconds unless named otherwise; memory in MiB."""

    requests: int
    per_second: float
    commit_p50: float
    commit_p99: float
    reply_p50: float
    reply_p99: float
    answer_p50: float
    """Of the storm: from the commit of the message to the commit of its answer."""
    answer_p99: float
    answered_per_second: float
    """Of the storm: messages by the time from the first message to the last answer."""
    idle_memory: float
    start_s: float


class _Provider:
    """Takes messages as the provider's REST interface does, and notes when each arrived."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        self.change = asyncio.Condition()
        self.app = FastAPI()
        self.app.add_api_route("/{path:path}", self._take, methods=["POST"])

    async def _take(self, request: Request) -> JSONResponse:
        form = await request.form()
        to = str(form["To"])
        self.arrived.setdefault(to, time.perf_counter())
        async with self.change:
            self.change.notify_all()
        sid = f"SM{time.perf_counter_ns():032x}"
        answer = {"sid": sid, "status": "queued", "to": to, "account_sid": ACCOUNT}
        return JSONResponse(answer, status_code=201)


async def measure(*, requests: int, per_second: float) -> WebhookFigures:
    """One run; the machine should have nothing else to do."""
    provider = _Provider()
    provider_port, balm_port = _free_port(), _free_port()
    config = uvicorn.Config(
        provider.app, host="127.0.0.1", port=provider_port, log_level="critical"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        balm = _start(Path(folder), provider_port, balm_port)
        try:
            base = f"http://127.0.0.1:{balm_port}"
            await _until_ready(base)
            start_s = time.perf_counter() - started
            async with httpx.AsyncClient(timeout=60) as client:
                await _post(client, base, 0)
            await _until(provider, 1)
            memory = _memory(balm.pid)
            asked, _ = await _storm(base, range(1, REPLIES + 1), REPLIES_PER_SECOND)
            await _until(provider, REPLIES + 1)
            storm = range(REPLIES + 1, REPLIES + requests + 1)
            sent, answered = await _storm(base, storm, per_second)
            answers, rate = await _answers(Path(folder) / "balm.db", requests)
        finally:
            balm.terminate()
            balm.wait(15)
    server.should_exit = True
    await serving
    commits = [answered[phone] - sent[phone] for phone in sent]
    replies = [provider.arrived[phone] - asked[phone] for phone in asked]
    return WebhookFigures(
        requests=requests,
        per_second=per_second,
        commit_p50=_quantile(commits, 50),
        commit_p99=_quantile(commits, 99),
        reply_p50=_quantile(replies, 50),
        reply_p99=_quantile(replies, 99),
        answer_p50=_quantile(answers, 50),
        answer_p99=_quantile(answers, 99),
        answered_per_second=rate,
        idle_memory=memory,
        start_s=start_s,
    )


async def _storm(
    base: str, numbers: range, per_second: float
) -> tuple[dict[str, float], dict[str, float]]:
    sent: dict[str, float] = {}
    answered: dict[str, float] = {}

    async def one(number: int, client: httpx.AsyncClient) -> None:
        phone = _phone(number)
        sent[phone] = time.perf_counter()
        await _post(client, base, number)
        answered[phone] = time.perf_counter()

    async with httpx.AsyncClient(timeout=15) as client, asyncio.TaskGroup() as group:
        began = time.perf_counter()
        for turn, number in enumerate(numbers):
            await asyncio.sleep(max(0.0, began + turn / per_second - time.perf_counter()))
            group.create_task(one(number, client))
    return sent, answered


async def _answers(database: Path, count: int) -> tuple[list[float], float]:
    """Seconds that each of the newest `count` messages waited for its answer, and the rate."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        async with asyncio.timeout(180):
            while connection.execute(_WAITING).fetchone()[0]:  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.2)
        rows = connection.execute(_ANSWERED, (count,)).fetchall()
    times = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in rows]
    took = max(end for _, end in times) - min(start for start, _ in times)
    return [(end - start).total_seconds() for start, end in times], count / took.total_seconds()


async def _post(client: httpx.AsyncClient, base: str, number: int) -> None:
    url = f"{base}/sms/inbound"
    sid = f"SM{number:032x}"
    form = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": _phone(number), "To": NUMBER}
    form |= {"Body": QUESTION, "NumMedia": "0", "FromZip": ""}
    signature = RequestValidator(TOKEN).compute_signature(url, form)
    answer = await client.post(url, data=form, headers={"X-Twilio-Signature": signature})
    answer.raise_for_status()


def _start(folder: Path, provider_port: int, port: int) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "BALM_DATA_DIR": str(folder),
        "HTTP_PORT": str(port),
        "TWILIO_API_BASE": f"http://127.0.0.1:{provider_port}",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": NUMBER,
    }
    return subprocess.Popen(  # our own command
        [sys.executable, "-m", "bot", "run"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def _until_ready(base: str) -> None:
    async with asyncio.timeout(120), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{base}/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def _until(provider: _Provider, count: int) -> None:
    async with asyncio.timeout(180):
        async with provider.change:
            await provider.change.wait_for(lambda: len(provider.arrived) >= count)


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _phone(number: int) -> str:
    return f"+1555{number:07d}"


def _quantile(seconds: Sequence[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def run(*, requests: int, per_second: float, as_json: bool) -> None:
    """Measure and print."""
    figures = asyncio.run(measure(requests=requests, per_second=per_second))
    if as_json:
        print(json.dumps(asdict(figures)))
        return
    print(f"{figures.requests} signed webhooks at {figures.per_second:.0f} a second, SQLite")
    print(
        f"  webhook to commit  p50 {figures.commit_p50:7.1f} ms  p99 {figures.commit_p99:7.1f} ms"
    )
    print(f"  webhook to reply   p50 {figures.reply_p50:7.1f} ms  p99 {figures.reply_p99:7.1f} ms")
    print(
        f"  answers in storm   p50 {figures.answer_p50:7.1f} ms  p99 {figures.answer_p99:7.1f} ms"
        f"  {figures.answered_per_second:.0f} a second"
    )
    print(f"  memory when idle   {figures.idle_memory:.0f} MiB")
    print(f"  start to ready     {figures.start_s:.1f} s")
