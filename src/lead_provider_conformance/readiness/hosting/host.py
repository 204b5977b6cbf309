"""The sessions of one process: open them on demand, keep them, end them, and judge them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from lead_provider_conformance.model import Ending
from lead_provider_conformance.readiness.error_text import describe
from lead_provider_conformance.readiness.hosting.config import HostConfig
from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.judging import JudgingError, make_report
from lead_provider_conformance.readiness.hosting.live import LiveSession, open_world
from lead_provider_conformance.readiness.hosting.log import LostSessionError, SessionLog, Unwritten
from lead_provider_conformance.readiness.hosting.logs import log_event
from lead_provider_conformance.readiness.hosting.metrics import Metrics
from lead_provider_conformance.readiness.hosting.processes import Processes
from lead_provider_conformance.readiness.hosting.sessions import SERVICE, SessionStore, StoredSession
from lead_provider_conformance.readiness.hosting.worlds import Worlds

FORGET_PROCESSES_SECONDS = 3600.0
JUDGING_SECONDS = 600.0
NOT_RESUMED = "The act could not be resumed after a restart of the service."
BEATS_BETWEEN_CARE = 10
"""The heartbeats between two searches for expired sessions and missing reports."""


@dataclass(frozen=True, slots=True)
class OtherOwner:
    """The other process that has a session open; `address` is None if it is not known."""

    address: str | None


class Host:
    """The open sessions of this process."""

    def __init__(self, config: HostConfig, database: Database) -> None:
        self.config = config
        self.database = database
        self.store = SessionStore(database)
        self.worlds = Worlds(database)
        self.processes = Processes(database, config.own_url)
        self.metrics = Metrics()
        self.live: dict[str, LiveSession] = {}
        self.is_ready = False
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._judges = asyncio.Semaphore(1)
        self._reports: dict[str, asyncio.Task[None]] = {}
        """The reports that have not been begun, by session."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: set[str] = set()
        self._unwritten: defaultdict[str, Unwritten] = defaultdict(list)

    async def start(self) -> None:
        """Begin to serve sessions."""
        self.processes.see(time.time(), forget=FORGET_PROCESSES_SECONDS)
        self.is_ready = True
        self._spawn(self._beat())

    async def stop(self) -> None:
        """Leave every session to be continued by the next process."""
        self.is_ready = False
        for task in (*self._tasks, *self._reports.values()):
            task.cancel()
        for live in tuple(self.live.values()):
            await self._close(live)
        with suppress(SQLAlchemyError):
            self.processes.leave()

    async def opened(self, stored: StoredSession) -> LiveSession | OtherOwner:
        """Return a session that goes on, opened in this process unless another one has it."""
        live = self.live.get(stored.id)
        if live and live.play.is_current.is_set():
            return live
        async with self._locks[stored.id]:
            if live := self.live.get(stored.id):
                return live
            if owner := await self._claim(stored):
                return owner
            fresh = self.store.get(stored.id)
            if fresh is None or fresh.is_over:
                raise LostSessionError(stored.id)
            await self._make_room()
            log = SessionLog(self.database, fresh.id, self._unwritten[fresh.id])
            world = await asyncio.to_thread(open_world, fresh, self.worlds)
            live = LiveSession(fresh, world, log, self.store, self.config, self)
            self.live[stored.id] = live
            live.start()
            live.in_flight += 1  # it is not closed as idle meanwhile
            try:
                await live.is_current()
            finally:
                live.in_flight -= 1
                live.used_at = time.monotonic()
            if live.failure:
                raise LostSessionError(stored.id) from live.failure
            log_event("opened", session=stored.id)
            return live

    def ended(self, live: LiveSession, ending: Ending, problem: str | None) -> None:
        """Note that a session has ended."""
        if live.id not in self._ending:
            self._ending.add(live.id)
            self._spawn(self._end(live, ending, problem))

    def failed(self, live: LiveSession, error: BaseException) -> None:
        """Note that a session cannot go on in this process; the next request opens it again."""
        log_event("failed", session=live.id, problem=describe(error))
        live.failure = error
        if isinstance(error, SQLAlchemyError | LostSessionError):
            self._spawn(self._close(live))
        elif live.play.was_resumed:
            self._spawn(self._begin_again(live))
        else:
            self.ended(live, Ending.SUITE_FAILED, f"The suite failed in act {live.session.act}: {describe(error)}.")

    async def end(self, session_id: str, ending: Ending, problem: str | None) -> None:
        """End a session that this process owns or can own."""
        stored = self.store.get(session_id)
        if stored is None or stored.is_over:
            return
        live = await self.opened(stored)
        if isinstance(live, LiveSession) and session_id not in self._ending:
            self._ending.add(session_id)
            await self._end(live, ending, problem)

    async def delete(self, session_id: str) -> None:
        """Delete a session with everything but its entries in the audit log."""
        if live := self.live.get(session_id):
            await self._close(live)
        self._unwritten.pop(session_id, None)
        self.worlds.delete(session_id)
        self.store.delete(session_id)

    async def judge(self, session_id: str) -> None:
        """Make the report of a session. Raise JudgingError if that is not possible now.

        Calls for a report that has not been begun get the same one: a session cannot hold up the reports of others.
        """
        task = self._reports.get(session_id)
        if task is None:
            task = self._reports[session_id] = asyncio.create_task(self._judge(session_id))
        await asyncio.shield(task)

    async def _judge(self, session_id: str) -> None:
        async with self._judges:
            del self._reports[session_id]
            stored = self.store.get(session_id)
            if stored is None:
                return
            begin = time.monotonic()
            try:
                report = await make_report(self.config.store, session_id, stored.profile, self.config.sign_key)
            except (JudgingError, OSError) as error:
                log_event("no-report", session=session_id, problem=str(error))
                raise JudgingError(str(error)) from error
            self.store.save_report(session_id, report)
            self.metrics.verdict_seconds.observe(time.monotonic() - begin)

    async def _make_room(self) -> None:
        """Close the session that was used least recently, if as many are open as may be."""
        if len(self.live) < self.config.most_open:
            return
        unused = [each for each in self.live.values() if not each.in_flight and each.id not in self._ending]
        if unused:
            await self._close(min(unused, key=lambda each: each.used_at))

    async def _claim(self, stored: StoredSession) -> OtherOwner | None:
        """Become the owner of a session. Return the other owner, if there is one."""
        me = self.processes.own_id
        for dead in (None, stored.owner):
            if dead is not None and not await self.processes.is_dead(dead):
                break
            now = time.time()
            if self.store.acquire(stored.id, me, now=now, until=now + self.config.lease_seconds, dead=dead):
                return None
            fresh = self.store.get(stored.id)
            if fresh is None:
                raise LostSessionError(stored.id)
            stored = fresh
        return OtherOwner(self.processes.address(stored.owner) if stored.owner else None)

    async def _end(self, live: LiveSession, ending: Ending, problem: str | None) -> None:
        """End a session and judge it. If the database is not available, it goes on until that is tried again."""
        now = time.time()
        try:
            await live.stop()
            with self.database.transaction():
                live.finish(ending)
                row = {"ending": str(ending), "problem": problem, "ended_at": now, "act": "", "owner": None}
                self.store.update(live.id, **row, **self._numbers(live))
                self.store.note(now, SERVICE, "end", live.id, str(ending))
        finally:
            self.live.pop(live.id, None)
            self._ending.discard(live.id)
            live.close()
        log_event("ended", session=live.id, ending=str(ending))
        self._unwritten.pop(live.id, None)
        self.worlds.delete(live.id)
        with suppress(JudgingError):  # `_judge_missing` tries it again
            await self.judge(live.id)

    async def _begin_again(self, live: LiveSession) -> None:
        """Begin an act again that cannot be resumed, for instance because a new version has another script."""
        act = live.session.act
        live.play.supersede(act, NOT_RESUMED)
        notice = (
            f"The act {act} was begun again after a restart of the service. Do what it says now; its tasks are new."
        )
        self.store.update(live.id, notice=notice)
        self.store.note(time.time(), SERVICE, "begun-again", live.id, act)
        await self._close(live)

    async def _close(self, live: LiveSession) -> None:
        """Close a session that goes on later."""
        if self.live.pop(live.id, None) is None:
            return
        await live.detach()
        with suppress(SQLAlchemyError):
            self.store.renew(live.id, self.processes.own_id, until=0.0, **self._numbers(live))
            self.store.release(live.id, self.processes.own_id)

    @staticmethod
    def _numbers(live: LiveSession) -> dict[str, Any]:
        numbers: dict[str, Any] = {"requests": live.log.exchanges, "bytes": live.log.size, "refused": live.refused}
        return {**numbers, "last_request_at": live.last_request_at}

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log_event("error", problem=describe(error))

    async def _beat(self) -> None:
        """Renew what this process owns, end what has expired, and close what is idle, again and again."""
        stopped = asyncio.Event()
        for beat in itertools.count():
            try:
                await self._renew()
                if beat % BEATS_BETWEEN_CARE == 0:
                    await self._expire()
                    await self._judge_missing()
                self.is_ready = True
            except SQLAlchemyError as error:
                self.is_ready = False
                log_event("database", problem=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.config.heartbeat_seconds):
                    await stopped.wait()

    async def _renew(self) -> None:
        now = time.time()
        self.processes.see(now, forget=FORGET_PROCESSES_SECONDS)
        for live in tuple(self.live.values()):
            idle = time.monotonic() - live.used_at > self.config.idle_seconds
            if idle and not live.in_flight and not live.page.has_readers:
                await self._close(live)
                continue
            until = now + self.config.lease_seconds
            if not self.store.renew(live.id, self.processes.own_id, until=until, **self._numbers(live)):
                log_event("lost", session=live.id)
                await self._close(live)

    async def _judge_missing(self) -> None:
        """Make the reports of sessions that ended just before their process did."""
        for session_id in self.store.without_report():
            now, me = time.time(), self.processes.own_id
            if self.store.acquire(session_id, me, now=now, until=now + JUDGING_SECONDS):
                with suppress(JudgingError):
                    await self.judge(session_id)
                self.store.release(session_id, me)

    async def _expire(self) -> None:
        now, retention = time.time(), self.config.retention_days * 86_400
        for stored in self.store.all():
            if not stored.is_over and stored.expires_at < now:
                await self.end(stored.id, Ending.OUT_OF_TIME, "The days of the session are over.")
            elif stored.ended_at is not None and stored.ended_at < now - retention:
                self.store.note(now, SERVICE, "retention", stored.id)
                await self.delete(stored.id)

    def changed(self, session_id: str) -> None:
        """Read the row of an open session again."""
        live, stored = self.live.get(session_id), self.store.get(session_id)
        if live and stored:
            live.stored = replace(stored)
