"""Run a session: serve a world to one client, let it play the acts, and judge it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
import socket
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lead_provider_conformance.config.described_by import shown_path
from lead_provider_conformance.config.profile import Profile
from lead_provider_conformance.contract.contract import Contract
from lead_provider_conformance.model import Ending, ReportFolderError, Scope, UsageError
from lead_provider_conformance.readiness.acts import ACTS
from lead_provider_conformance.readiness.command import CommandDriver
from lead_provider_conformance.readiness.drive import Driver, PromptDriver, SelfDriver
from lead_provider_conformance.readiness.error_text import describe
from lead_provider_conformance.readiness.judging import findings_on
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.readiness.observer import Observer
from lead_provider_conformance.readiness.page.page import Page
from lead_provider_conformance.readiness.play import Announce, run_acts
from lead_provider_conformance.readiness.recorder import QUOTA, Recorder, Subject
from lead_provider_conformance.readiness.secrets import SessionRedactor
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.readiness.stage import Act
from lead_provider_conformance.results.journal import read_journals
from lead_provider_sandbox.control.serving import AddressError, InvalidInput, listen, serving
from lead_provider_sandbox.control.world import World

SIGNALS = (signal.SIGTERM, signal.SIGINT)
EDITIONS = ("2026-08",)
"""The editions whose services have the events of the acts."""
TLS_HELLO = b"\x16\x03"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """The options of a session."""

    profile: Profile
    folder: Path
    host: str = "127.0.0.1"
    port: int = 0
    only: tuple[str, ...] = ()
    waits: bool = True
    command_timeout: float = 300.0
    time_limit: float | None = None
    quota: int = QUOTA
    seed: int


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How a session ended.

    `wrote` is False if the client sent nothing and an earlier report was left alone. `problem` is a sentence about
    the cause of an early end. `output` is the output of the client's command, if no log has it.
    """

    ending: Ending
    wrote: bool
    problem: str | None = None
    output: str = ""


def acts_of(edition: str, programme: str, only: Sequence[str] = ()) -> tuple[Act, ...]:
    """Return the acts of a programme in order. Raise UsageError for an edition without acts, or an unknown act."""
    if edition not in EDITIONS:
        raise UsageError(f"There are no sessions of edition {edition} of the contract; choose {' or '.join(EDITIONS)}.")
    acts = ACTS[programme]
    for name in only:
        if name not in {each.name for each in acts}:
            known = ", ".join(each.name for each in acts)
            raise UsageError(f"--only {name} is not an act of {programme.upper()}; the acts are {known}.")
    return acts


def run_session(options: ClientOptions, announce: Announce) -> SessionEnd:
    """Run a session until its script ends, and write its journals with the findings.

    `announce` prints a line for people. The first SIGINT or SIGTERM ends the session, and later ones are ignored, also
    after the return. Raise UsageError for an address, a folder or a command that cannot be used.
    """
    profile = options.profile
    acts = acts_of(profile.edition, profile.programme, options.only)
    obligations = Obligations.load().of(profile.edition, profile.programme)
    token = secrets.token_urlsafe(24)
    # Uvicorn reports connections that it closes at the end; no reader of the terminal can act on that.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    with listening(options.host, options.port) as listener, contextlib.ExitStack() as stack:
        world = World(edition=profile.edition, programme=profile.programme, token=token, seed=options.seed)
        stack.callback(world.close)
        session = _session(options, obligations, world, token, address_of(listener))
        workspace = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lead-provider-client-")))
        driver = _driver(options, session, token, workspace)
        session.recorder.check_folder()
        play = _Play(options, session, acts, driver, announce)
        announce(_opening(session, token, play.page.address))
        ending = asyncio.run(play.run(listener))
        return _close(session, ending)


@dataclass(slots=True, eq=False)
class _Play:
    """The acts of a session and its server in one event loop."""

    options: ClientOptions
    session: Session
    acts: tuple[Act, ...]
    driver: Driver
    announce: Announce
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        only = self.options.only
        shown = tuple((each.name, each.title) for each in self.acts if not only or each.name in only)
        self.page = Page(self.session, shown, self.driver)

    async def run(self, listener: socket.socket) -> Ending:
        """Serve the client and run the acts; return how the session ended."""
        options, session = self.options, self.session
        acts = asyncio.create_task(
            run_acts(session, self.acts, self.driver, only=options.only, waits=options.waits, announce=self.announce)
        )

        def stop_early() -> None:
            if session.stopped:
                acts.cancel()

        def note_invalid_input(found: InvalidInput) -> None:
            session.note_not_http("TLS" if found.start.startswith(TLS_HELLO) else found.reason)

        session.changed.append(stop_early)
        app = self.page.in_front_of(Observer(session))
        with _stopped_by_signals(acts):
            async with serving(app, listener, on_invalid_input=note_invalid_input):
                done, _ = await asyncio.wait({acts}, timeout=options.time_limit)
                if not done:
                    acts.cancel()
                    await asyncio.wait({acts})
        return self._ending(acts, Ending.FINISHED if done else Ending.OUT_OF_TIME)

    def _ending(self, acts: asyncio.Task[None], ending: Ending) -> Ending:
        session = self.session
        if not acts.cancelled() and (error := acts.exception()):
            session.stop(Ending.SUITE_FAILED, _explained(error, session.act))
        if session.stopped:
            return session.stopped
        if acts.cancelled() and ending is Ending.FINISHED and session.recorder.subject.drive == "command":
            # Without a command, a signal is the usual end of a session.
            return Ending.INTERRUPTED
        return ending


def _explained(error: BaseException, act: str) -> str:
    if isinstance(error, ReportFolderError):
        return str(error)
    return f"The suite failed in act {act}: {describe(error)}."


@contextlib.contextmanager
def _stopped_by_signals(acts: asyncio.Task[None]) -> Iterator[None]:
    """Cancel the acts on the first SIGINT or SIGTERM. Ignore later ones, so that the session is judged."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, acts.cancel)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def restored_signals() -> Iterator[None]:
    """Restore the handlers of signals at the end of the block."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _session(options: ClientOptions, obligations: Obligations, world: World, token: str, base_url: str) -> Session:
    profile = options.profile
    scope = Scope(profile.version, profile.programme)
    requirements = (each.requirement for each in obligations)
    subject = Subject.of(profile, requirements, base_url=base_url, seed=options.seed, file=shown_path(profile.file))
    recorder = Recorder(options.folder, subject, quota=options.quota)
    for each in profile.attestations:
        recorder.attestation(each)
    contract = Contract.of(profile.edition, scope)
    return Session(world, contract, recorder, SessionRedactor(token), base_url)


def _driver(options: ClientOptions, session: Session, token: str, workspace: Path) -> Driver:
    profile = options.profile
    match profile.drive:
        case "command":
            driver = CommandDriver(session, token, profile.command or "", options.command_timeout, workspace)
            driver.check()
            return driver
        case "self":
            return SelfDriver.of(session, profile)
        case _:
            return PromptDriver()


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a socket that listens. Raise UsageError for an address that cannot be used."""
    try:
        listener = listen(host, port)
    except AddressError as error:
        raise UsageError(f"{error}; check --host, or choose another --port, or 0 for a free one.") from None
    with contextlib.closing(listener):
        yield listener


def address_of(listener: socket.socket) -> str:
    """Return the base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _opening(session: Session, token: str, page: str) -> str:
    subject = session.recorder.subject
    return "\n".join(
        (
            f"Serving edition {subject.edition}, {subject.scope.label}, for one client.",
            f"  address: {session.base_url}",
            f"  token:   {token}",
            f"  page:    {page}",
        )
    )


def _close(session: Session, ending: Ending) -> SessionEnd:
    """Write the end of the session and the findings."""
    recorder = session.recorder
    if not recorder.exchanges and recorder.has_earlier:
        return SessionEnd(ending, wrote=False, problem=session.problem, output=recorder.unwritten_log)
    try:
        recorder.open()
        recorder.end(ending)
        recorder.findings(findings_on(read_journals(recorder.folder)))
    except ReportFolderError as error:
        return SessionEnd(Ending.SUITE_FAILED, wrote=True, problem=str(error))
    return SessionEnd(ending, wrote=True, problem=session.problem)
