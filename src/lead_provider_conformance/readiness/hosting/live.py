"""A session that this process has open: its world, its acts, its page and its observer."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from lead_provider_conformance.config.profile import Attestation, Profile
from lead_provider_conformance.model import Ending, Scope
from lead_provider_conformance.readiness.acts import ACTS
from lead_provider_conformance.readiness.drive import PromptDriver, SelfDriver
from lead_provider_conformance.readiness.hosting.catalogue import contract_of, obligations_of, read_profile
from lead_provider_conformance.readiness.hosting.config import HostConfig
from lead_provider_conformance.readiness.hosting.log import ENDED, RUNNING, LostSessionError, SessionLog
from lead_provider_conformance.readiness.hosting.observer import StoredObserver
from lead_provider_conformance.readiness.hosting.page import HostedPage, State
from lead_provider_conformance.readiness.hosting.play import REPEATED, DurablePlay
from lead_provider_conformance.readiness.hosting.replay import creates
from lead_provider_conformance.readiness.hosting.sessions import PROVIDER, SessionStore, StoredReport, StoredSession
from lead_provider_conformance.readiness.hosting.turns import Share
from lead_provider_conformance.readiness.hosting.worlds import Worlds
from lead_provider_conformance.readiness.page.page import RECENT
from lead_provider_conformance.readiness.recorder import Recorder, Subject
from lead_provider_conformance.readiness.secrets import SessionRedactor
from lead_provider_conformance.readiness.session import Session
from lead_provider_sandbox.control.world import StoreError, World


class Events(Protocol):
    """The host of open sessions, which is notified of their ends."""

    def ended(self, live: LiveSession, ending: Ending, problem: str | None, /) -> None:
        """Note that a session has ended."""

    def failed(self, live: LiveSession, error: BaseException, /) -> None:
        """Note that a session cannot go on in this process."""

    async def judge(self, session_id: str, /) -> None:
        """Make the report of a session."""


class LiveSession:
    """An open session. `ended` is called when it ends, `failed` when it cannot go on in this process."""

    def __init__(
        self, stored: StoredSession, world: World, log: SessionLog, store: SessionStore, config: HostConfig,
        host: Events,
    ) -> None:  # fmt: skip
        """Continue a stored session in its world. Call `start` to play its acts."""
        self.stored = stored
        self.in_flight = 0
        self.share = Share()
        self.refused = stored.refused
        self.used_at = time.monotonic()
        self.last_request_at = stored.last_request_at
        self.paused = stored.paused
        self.failure: BaseException | None = None
        """Why the session cannot go on in this process."""
        self._world = world
        self._store = store
        self._host = host
        self._token: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._first_act = ""
        profile = read_profile(stored.profile)
        self._attested = {each.requirement for each in profile.attestations}
        self.log = log
        self.session = _session(stored, profile, world, self.log, config)
        driver = PromptDriver() if profile.drive == "prompt" else SelfDriver.of(self.session, profile)
        acts = ACTS[profile.programme]
        self.play = DurablePlay(self.session, self.log, acts, driver, waits=config.waits)
        self.page = HostedPage(self.session, tuple((each.name, each.title) for each in acts), driver, self)
        self.observer = StoredObserver(
            self.session, self.log, most_requests=stored.most_requests, fail=lambda error: host.failed(self, error)
        )
        self._restore()

    @property
    def id(self) -> str:
        """The id of the session."""
        return self.stored.id

    @property
    def state(self) -> State:
        """The state of the session, for its page."""
        return State(
            name=self.stored.name,
            paused=self.paused,
            expires_at=self.stored.expires_at,
            requests=self.log.exchanges,
            most_requests=self.stored.most_requests,
            bytes=self.log.size,
            largest_bytes=self.stored.largest_bytes,
            refused=self.refused,
            cue_since=self.play.cue_since,
            notice=self.stored.notice,
        )

    @property
    def attested(self) -> frozenset[str]:
        """The ids of the obligations that the provider has attested."""
        return frozenset(self._attested)

    def accept(self, token: str) -> None:
        """Let the world accept the token of the session, which the database does not have, and redact it."""
        if token != self._token:
            self._token = token
            self._world.accept(token)
            self.session.redactor = SessionRedactor(token)

    def start(self) -> None:
        """Play the acts from where they were left."""
        self._task = asyncio.create_task(self.play.run())
        self._task.add_done_callback(self._played)

    async def is_current(self) -> None:
        """Wait until the session is where it was left, or has ended."""
        if self._task is not None:
            current = asyncio.ensure_future(self.play.is_current.wait())
            await asyncio.wait({current, self._task}, return_when=asyncio.FIRST_COMPLETED)
            current.cancel()

    async def detach(self) -> None:
        """Leave the session as it is, to be continued later or elsewhere."""
        self.play.detach()
        await self.stop()
        self.close()

    async def stop(self) -> None:
        """Stop the acts."""
        if self._task is not None:
            task, self._task = self._task, None
            task.remove_done_callback(self._played)
            task.cancel()
            await asyncio.wait({task})

    def finish(self, ending: Ending) -> None:
        """Record the end of the session."""
        self.play.close()
        self.session.recorder.end(ending)

    def close(self) -> None:
        """Close the world, and write the end of the journals if the database is available."""
        self._world.close()
        with suppress(SQLAlchemyError):
            self.log.write_unwritten()

    def pause(self, paused: bool) -> None:
        """Pause the session, or resume it."""
        self.paused = paused
        self._store.update(self.id, paused=paused)
        self._store.note(time.time(), PROVIDER, "pause" if paused else "resume", self.id)

    def attest(self, attestation: Attestation) -> None:
        """Record a statement of the provider."""
        self.session.recorder.attestation(attestation)
        self._attested.add(attestation.requirement)
        self._store.note(time.time(), PROVIDER, "attest", self.id, attestation.requirement)

    async def repeat(self, act: str) -> bool:
        """Play an act again; return whether it was played before."""
        is_current = act == self.session.act
        if not self.play.supersede(act, REPEATED):
            return False
        self._store.note(time.time(), PROVIDER, "repeat", self.id, act)
        if is_current:
            self.play.detach()
            await self.stop()
            self.start()
        self.page.note_repeated(act)
        return True

    async def judge(self) -> None:
        """Make the report of the session so far."""
        await self._host.judge(self.id)

    def report(self) -> StoredReport | None:
        """Return the latest report."""
        return self._store.report(self.id)

    def _played(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._host.ended(self, Ending.FINISHED, None)
        else:
            self._host.failed(self, error)

    def _restore(self) -> None:
        """Restore what the session has seen so far, except for the act that runs: `start` repeats it."""
        session, log = self.session, self.log
        session.recorder.exchanges = log.exchanges
        session.world.offset = self.stored.clock_offset
        attempts = log.attempts()
        running = next((each.number for each in attempts if each.state == RUNNING), None)
        for each in log.creations(without=running):
            session.accepted.update(creates(each.line))
        if attempts and running is None:
            counters = attempts[-1].counters
            log.attempt = attempts[-1].number
            session.given_tasks, session.cue_number = counters.tasks, counters.cues
            session.recorder.situations = counters.situations
        self._attested |= log.attested()
        recent = [each.line for each in log.latest(RECENT)]
        self.page.restore(log.exchanges, recent, [each.act for each in attempts if each.state == ENDED])
        session.changed.append(self._change)
        session.recorder.open()

    def _change(self) -> None:
        if self.stored.notice and self.session.act != self._first_act:
            if self._first_act:
                self.stored = replace(self.stored, notice=None)
                self._store.update(self.id, notice=None)
            self._first_act = self.session.act
        if self.session.stopped is not None:
            self._host.ended(self, self.session.stopped, self.session.problem)


def _session(stored: StoredSession, profile: Profile, world: World, log: SessionLog, config: HostConfig) -> Session:
    scope = Scope(profile.version, profile.programme)
    requirements = (each.requirement for each in obligations_of(profile.edition, scope))
    subject = Subject.of(profile, requirements, base_url=config.public_url, seed=stored.seed)
    recorder = Recorder(Path(tempfile.gettempdir()), subject, quota=stored.largest_bytes, journal=log)
    for each in profile.attestations if log.is_new else ():
        recorder.attestation(each)
    contract = contract_of(profile.edition, scope)
    return Session(world, contract, recorder, SessionRedactor(""), config.public_url)


def open_world(stored: StoredSession, worlds: Worlds) -> World:
    """Open the world of a session, or make it. Raise LostSessionError if its database cannot be used."""
    profile = read_profile(stored.profile)
    try:
        return World(
            edition=profile.edition,
            programme=profile.programme,
            token=secrets.token_urlsafe(24),
            seed=stored.seed,
            database=worlds.url(stored.id),
        )
    except StoreError as error:
        raise LostSessionError(stored.id) from error
