"""Play the acts of a stored session: begin where it was left, and record each step."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from lead_provider_conformance.readiness.drive import POLLS_PER_CUE, CueResult, Driver, SelfDriver
from lead_provider_conformance.readiness.hosting.log import (
    ENDED,
    RUNNING,
    SUPERSEDED,
    Attempt,
    Counters,
    SessionLog,
)
from lead_provider_conformance.readiness.hosting.replay import INTERRUPTED, creates, reply_of, request_of
from lead_provider_conformance.readiness.hosting.steps import DurableStage, Steps
from lead_provider_conformance.readiness.session import Listener, Session
from lead_provider_conformance.readiness.stage import Act, Cue

OTHERS_GO_ON = 20
"""After so many repeated requests, other sessions go on."""
REPEATED = "The act was begun again."


class DurablePlay:
    """The acts of a session, in their order. An act that is superseded is played again."""

    def __init__(self, session: Session, log: SessionLog, acts: Sequence[Act], driver: Driver, *, waits: bool) -> None:
        self._session = session
        self._log = log
        self._acts = acts
        self._driver = driver
        self._waits = waits
        self._people = frozenset(session.recorder.subject.settings.get("people", ()))
        self._stage: DurableStage | None = None
        self._timeout = driver.timeout if isinstance(driver, SelfDriver) else 0.0
        self.cue_since: float | None = None
        """When the current cue began, also if that was before a restart."""
        self.was_resumed = False
        """Whether the current attempt began before a restart."""
        self.is_current = asyncio.Event()
        """Set when the session is where it was left, and a cue waits for the client."""

    def detach(self) -> None:
        """Leave the session as it is, to be continued later or elsewhere."""
        if self._stage is not None:
            self._stage.is_detached = True

    def close(self) -> None:
        """Take back the situations of the current act."""
        if self._stage is not None:
            self._stage.close()

    def supersede(self, act: str, reason: str) -> bool:
        """Let an act be played again. Return whether it was played at all."""
        found = [each for each in self._log.attempts() if each.act == act and each.state in (RUNNING, ENDED)]
        counters = self._log.counters()  # those of the session are lower if its steps could not all be repeated
        with self._log.transaction():
            for each in found:
                self._log.close_attempt(each.number, SUPERSEDED, counters)
                if self._stage is not None and self._stage.act == act:
                    self._stage.close()
                self._session.recorder.act(act, "repeated", reason)
        return bool(found)

    async def run(self) -> None:
        """Play every act that has not ended."""
        session = self._session
        while (act := self._next()) is not None:
            running = next((each for each in self._log.attempts() if each.state == RUNNING), None)
            session.act = act.name
            self.was_resumed = running is not None
            steps = self._resumed(running) if running else self._begun(act)
            await self._play(act, steps)
        session.act = ""
        self.cue_since = None
        session.begin_cue("", ())

    def _next(self) -> Act | None:
        attempts = self._log.attempts()
        running = {each.act for each in attempts if each.state == RUNNING}
        ended = {each.act for each in attempts if each.state == ENDED}
        waiting = [each for each in self._acts if each.name not in ended]
        return next((each for each in waiting if each.name in running), waiting[0] if waiting else None)

    def _begun(self, act: Act) -> Steps:
        session = self._session
        with self._log.transaction():
            number = self._log.begin_attempt(act.name, self._counters)
            session.recorder.act(act.name, "begin")
        return Steps(self._log, number, session.world)

    def _resumed(self, attempt: Attempt) -> Steps:
        session, start = self._session, attempt.counters
        self._log.attempt = attempt.number
        session.given_tasks, session.cue_number = start.tasks, start.cues
        session.recorder.situations = start.situations
        return Steps(self._log, attempt.number, session.world, self._log.steps(attempt.number))

    @property
    def _counters(self) -> Counters:
        session = self._session
        return Counters(session.given_tasks, session.recorder.situations, session.cue_number)

    async def _play(self, act: Act, steps: Steps) -> None:
        stage = self._stage = DurableStage(self._session, act.name, self._waits, self._people, steps)
        script = act.script(stage)
        number = 0
        while True:
            with steps.script():
                cue = next(script, None)
            if cue is None:
                break
            number += 1
            await self._cue(number, cue, steps)
        with self._log.transaction():
            stage.close()
            self._session.recorder.act(act.name, "end")
            self._log.close_attempt(self._log.attempt, ENDED, self._counters)
        self._stage = None

    async def _cue(self, number: int, cue: Cue, steps: Steps) -> None:
        session, recorder = self._session, self._session.recorder
        is_resumed = steps.next_kind == "cue"

        def begin() -> float:
            session.begin_cue(cue.text, cue.tasks)
            recorder.cue_begins(session.act, number, cue.text, session.world.offset, cue.tasks)
            return time.time()

        def end() -> None:
            recorder.cue_ends(session.act, number, result.status, result.problem, session.world.offset)

        with steps.script():
            began: float = steps.once("cue", begin, lambda _: session.begin_cue(cue.text, cue.tasks))
        self.cue_since = began
        result = CueResult()
        if steps.next_kind == "cue-end":
            await self._repeat()
        else:
            result = await self._drive(cue, began, is_resumed=is_resumed)
        with steps.script():
            steps.once("cue-end", end)

    async def _drive(self, cue: Cue, began: float, *, is_resumed: bool) -> CueResult:
        """Let the client do a cue. The requests of an interrupted cue count as well."""
        listeners = self._session.listeners
        if isinstance(self._driver, SelfDriver):
            # After a restart there is time for one poll at least: the client may have waited for the server.
            rest = self._timeout - (time.time() - began)
            self._driver.timeout = max(self._timeout / POLLS_PER_CUE, rest)
        known = len(listeners)
        running = asyncio.ensure_future(self._driver.run(cue))
        try:
            await asyncio.sleep(0)  # the driver begins to listen
            if is_resumed:
                await self._repeat(listeners[known:])
            self.is_current.set()
            return await running
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _repeat(self, listeners: Sequence[Listener] = ()) -> None:
        """Let the armed situations and the listeners see requests of before a restart, with their responses."""
        session, log = self._session, self._log
        latest = 0
        for number, each in enumerate(log.of_cue(log.attempt, session.cue_number)):
            if not listeners and not tuple(session.armed):
                latest = each.number - 1
                break
            request = request_of(each.line, session.contract)
            armed = session.armed.take(request)
            if armed is not None and each.line["error"] == INTERRUPTED:
                # Its effect did not reach the client.
                armed.deliveries -= 1
                if armed not in session.armed:
                    session.armed.arm(armed)
            session.accepted.update(creates(each.line))
            for listener in listeners:
                listener(request, reply_of(each.line))
            if number % OTHERS_GO_ON == 0:
                await asyncio.sleep(0)
        else:
            return
        # Nothing waits for the other requests of the cue, which can be many: only created records count.
        for each in log.creations(after=latest):
            if (each.attempt, each.cue) != (log.attempt, session.cue_number):
                break
            session.accepted.update(creates(each.line))
