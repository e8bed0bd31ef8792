"""Which jobs does a cluster know, and how does each come into the queue once?

Procrastinate keeps who does what, with locks and heartbeats. A job names work that is found in
Balm's own rows; it carries nothing else, so that losing every job loses no message.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from psycopg import AsyncConnection, sql
from psycopg.errors import RaiseException

from bot.domain.identity import ClinicId, Lane, SenderId
from bot.logs import failure, warning

TURNS, DRAIN, TICK = "turns", "drain", "tick"
"""Names of the queues; tasks carry the name of their queue."""
HEARTBEAT_S = 1.0
STALLED_S = 5.0
"""A process without a sign of life for so long is taken for dead."""
_PRIORITY = {TICK: 20, TURNS: 10, DRAIN: 0}
_SCHEMA = "jobs"
_WAIT_FOR_CONNECTION_S = 5.0
_MOST_CONNECTIONS = 8
_END_TRIES = 30
_END_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What is already taken care of."""

    lanes: frozenset[tuple[ClinicId, Lane]]
    senders: frozenset[SenderId]


class _Finishing(JobManager):
    """Writes down that a job is over, also when the database was away for a moment.

    A job that is over and stands as running keeps its lock as long as its worker lives: a
    conversation, a sender or a tick would stand still, and no heartbeat would tell of it.
    """

    async def finish_job(
        self,
        job: Job,
        status: Status,
        delete_job: bool,  # noqa: FBT001  # as Procrastinate has it
    ) -> None:
        """End a job. Raises ConnectorException when it is gone, or cannot be ended at all."""
        for tries in range(1, _END_TRIES + 1):
            try:
                await super().finish_job(job, status, delete_job)
            except ConnectorException as error:
                is_gone = isinstance(error.__cause__, RaiseException)
                if is_gone or tries == _END_TRIES:
                    raise
                failure("job-not-ended", error, job=job.task_name, tries=tries)
                await asyncio.sleep(_END_PAUSE_S)
            else:
                return


class Jobs:
    """The queue of jobs of one cluster, in the schema `jobs` of its database."""

    def __init__(self, address: str) -> None:
        """`address` is a PostgreSQL URL; nothing is opened before `opened`."""
        self._connector = PsycopgConnector(
            conninfo=address,
            configure=_use_schema,
            min_size=1,
            max_size=_MOST_CONNECTIONS,
            timeout=_WAIT_FOR_CONNECTION_S,
        )
        self._manager = JobManager(self._connector)

    def new_app(self) -> App:
        """An app over the one connection pool; tasks are registered by whoever works on them."""
        app = App(connector=self._connector, periodic_defaults={"max_delay": 60})
        app.job_manager = _Finishing(self._connector)
        return app

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connected as long as the context lasts."""
        await self._connector.open_async()
        try:
            yield
        finally:
            await self._connector.close_async()

    async def defer_turns(self, lanes: Iterable[tuple[ClinicId, Lane]]) -> None:
        """Have the waiting messages of these lanes answered, each lane by one worker."""
        await self._defer([turns_job(clinic_id, lane) for clinic_id, lane in lanes])

    async def defer_drains(self, senders: Iterable[SenderId]) -> None:
        """Have the queues of these senders sent, each by one worker."""
        await self._defer([drain_job(sender_id) for sender_id in senders])

    async def busy(self) -> Busy:
        """Lanes and senders that have a job, waiting or running."""
        lanes: set[tuple[ClinicId, Lane]] = set()
        senders: set[SenderId] = set()
        for job in await self._manager.list_jobs_async():
            given = job.task_kwargs
            if job.task_name == TURNS:
                lanes.add((ClinicId(str(given["clinic"])), Lane(str(given["lane"]))))
            elif job.task_name == DRAIN:
                senders.add(SenderId(str(given["sender"])))
        return Busy(lanes=frozenset(lanes), senders=frozenset(senders))

    async def recover(self) -> int:
        """End the jobs of dead processes and queue their work again; how many.

        Retrying such a job would fail where a new one with the same queueing lock already waits,
        so it is ended as failed and another one is made.
        """
        ended: list[Job] = []
        for job in await self._manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            try:
                await self._manager.finish_job(job, status=Status.FAILED, delete_job=True)
            except ConnectorException:
                continue  # another process was faster
            ended.append(job)
        if ended:
            warning("jobs-recovered", count=len(ended))
        await self._defer([_again(job) for job in ended if job.task_name != TICK])
        return len(ended)

    async def _defer(self, jobs: Collection[Job]) -> None:
        """Queue the jobs; one that waits already is left as it is."""
        if not jobs:
            return
        try:
            await self._manager.batch_defer_jobs_async(list(jobs))
        except AlreadyEnqueued:
            if len(jobs) > 1:
                for job in jobs:
                    await self._defer([job])


def turns_job(clinic_id: ClinicId, lane: Lane) -> Job:
    """Answer what waits in a lane: one worker at a time, so that the order holds."""
    return _job(TURNS, f"turns:{clinic_id}:{lane}", clinic=clinic_id, lane=lane)


def drain_job(sender_id: SenderId) -> Job:
    """Send what is due of a sender: one worker at a time, so that the pace holds."""
    return _job(DRAIN, f"drain:{sender_id}", sender=sender_id)


def priority_of(queue: str) -> int:
    """Ticks go before answers, answers before sending: the first are the shortest."""
    return _PRIORITY[queue]


def _job(name: str, lock: str, **given: str) -> Job:
    return Job(
        queue=name,
        task_name=name,
        lock=lock,
        queueing_lock=lock,
        priority=_PRIORITY[name],
        task_kwargs=dict(given),
    )


def _again(job: Job) -> Job:
    return _job(job.task_name, job.lock or "", **{k: str(v) for k, v in job.task_kwargs.items()})


async def _use_schema(connection: AsyncConnection) -> None:
    """Procrastinate's statements name no schema."""
    await connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(_SCHEMA)))
    await connection.commit()
