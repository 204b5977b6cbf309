"""Play the acts of a session in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from lead_provider_conformance.model import Ending
from lead_provider_conformance.readiness.drive import Driver
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.readiness.stage import Act, Cue, Stage

SLOW = "It consists of deliberate waits, and --skip-slow was given."
NOT_SELECTED = "It was not selected with --only."

Announce = Callable[[str], None]
"""Prints a line for people."""


async def run_acts(
    session: Session,
    acts: Sequence[Act],
    driver: Driver,
    *,
    only: Sequence[str] = (),
    waits: bool = True,
    announce: Announce,
) -> None:
    """Run the acts in order. `only` names those to run; without `waits`, the slow ones are left out.

    Stop the session at the first cue that fails, if the client has sent no request at all: it cannot have started.
    """
    recorder = session.recorder
    people = frozenset(recorder.subject.settings.get("people", ()))
    for position, act in enumerate(acts, start=1):
        if only and act.name not in only:
            recorder.act(act.name, "skipped", NOT_SELECTED)
            continue
        if act.slow and not waits:
            recorder.act(act.name, "skipped", SLOW)
            continue
        session.act = act.name
        recorder.act(act.name, "begin")
        stage = Stage(session, act.name, waits, people)
        with closing(stage):
            for number, cue in enumerate(act.script(stage), start=1):
                part = f", cue {number}" if number > 1 else ""
                announce(f"Act {position} of {len(acts)}, {act.name}{part}: {cue.text}")
                problem = await _run_cue(session, driver, number, cue)
                if problem is None:
                    continue
                announce(f"  {problem}")
                if not recorder.exchanges:
                    session.stop(Ending.FINISHED, f"The client sent no request. {problem}")
                    return
        recorder.act(act.name, "end")
    session.act = ""
    session.begin_cue("", ())


async def _run_cue(session: Session, driver: Driver, number: int, cue: Cue) -> str | None:
    """Let the client do a cue, and return why it did not end as planned."""
    session.begin_cue(cue.text, cue.tasks)
    session.recorder.cue_begins(session.act, number, cue.text, session.world.offset, cue.tasks)
    result = await driver.run(cue)
    session.recorder.cue_ends(session.act, number, result.status, result.problem, session.world.offset)
    return result.problem
