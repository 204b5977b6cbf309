"""`python -m tools.proof.clients`: prove the rules about clients with the example client and its faults.

The client without a fault must fail nothing and show everything; each fault must fail its own requirement, and pass
those that its entry names. With flags, run these faults only. `--seeds N` runs the client without a fault in N worlds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lead_provider_conformance.readiness.acts import ACTS
from lead_provider_conformance.readiness.catalogue import Fault, faults

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
GOOD = f"{sys.executable} {EXAMPLES}/client/sync.py --delay 0"
TYPESCRIPT = f"node {EXAMPLES}/client-ts/dist/main.js"
CLIENTS = {"python": GOOD, "typescript": TYPESCRIPT}
PROGRAMMES = ("ecf", "npq")
POLLS_ON_THE_HOUR = "polls-on-the-hour"
"""The fault that tests/unit/readiness/test_rate_rules.py shows with a trace."""
ALWAYS = ("connect", "first-sync")
"""Acts that every session needs: later ones change records that the client has read."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session with the outcome of each requirement, the verdict and the seconds that it took."""

    name: str
    verdict: str
    outcomes: dict[str, str]
    levels: dict[str, str]
    reasons: dict[str, str]
    seconds: float


def run_session(
    name: str, command: str, programme: str, *, acts: Sequence[str] = (), waits: bool = False, seed: int = 1
) -> Session:
    """Run one session with a client and return it."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--profile", f"{EXAMPLES}/client/provider-{programme}.yaml", "--command", command]
        options += [part for act in dict.fromkeys((*ALWAYS, *acts)) for part in ("--only", act)] if acts else []
        options += [] if waits else ["--skip-slow"]
        begin = time.perf_counter()
        command_line = [sys.executable, "-m", "lead_provider_conformance", "client", *options]
        command_line += ["--report-dir", folder, "--seed", str(seed), "--port", "0"]
        subprocess.run(command_line, check=False, capture_output=True)
        seconds = time.perf_counter() - begin
        file = Path(folder) / "verdict.json"
        if not file.exists():
            return Session(name, "nothing ran", {}, {}, {}, seconds)
        verdict = json.loads(file.read_text(encoding="utf-8"))
    requirements: list[dict[str, Any]] = [each for scope in verdict["scopes"] for each in scope["requirements"]]
    return Session(
        name=name,
        verdict=verdict["conformance"],
        outcomes={each["id"]: each["outcome"] for each in requirements},
        levels={each["id"]: each["level"] for each in requirements},
        reasons={each["id"]: next((f["reason"] or "" for f in each["findings"]), "") for each in requirements},
        seconds=seconds,
    )


def problems_of_fault(fault: Fault, session: Session) -> list[str]:
    """Return why a faulty client's session is not as its entry says; none if it is."""
    problems = []
    if fault.requirement is None:
        if session.verdict not in fault.verdicts:
            problems.append(f"the verdict is {session.verdict}, expected {' or '.join(fault.verdicts)}")
    elif session.outcomes.get(fault.requirement) != "failed":
        outcome = session.outcomes.get(fault.requirement, "missing")
        problems.append(f"{fault.requirement} is {outcome}: {session.reasons.get(fault.requirement, '')}")
    if session.verdict == "ready" and fault.requirement is None:
        problems.append("the client is ready")
    for each in fault.still_passes:
        if session.outcomes.get(each) not in ("passed", None):
            problems.append(f"{each} is {session.outcomes[each]}: {session.reasons[each]}")
    return problems


def problems_of_good(session: Session) -> list[str]:
    """Return the failures of a good client, and the MUSTs that its session did not show."""
    bad = {"failed", "suite-error"}
    return [
        f"{name} is {outcome}: {session.reasons[name]}"
        for name, outcome in session.outcomes.items()
        if outcome in bad or (outcome == "could-not-run" and session.levels[name] == "MUST")
    ] or ([] if session.outcomes else ["nothing ran"])


def main() -> int:
    """Run the command; return 1 if a fault was not caught or a good client failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flags", nargs="*", metavar="FLAG", help="faults to run (default: all)")
    parser.add_argument("--programme", choices=PROGRAMMES, action="append", help="default: both")
    parser.add_argument("--client", choices=sorted(CLIENTS), default="python", help="the good client")
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="run only the good client, in N worlds")
    parser.add_argument("--first-seed", type=int, default=1, metavar="N", help="the first of the worlds (default: 1)")
    parser.add_argument("--options", default="", help="further options of the good client, such as '--connections 8'")
    parser.add_argument("--waits", action="store_true", help="with the situations that need deliberate waits")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    if unknown := set(arguments.flags) - faults().keys():
        sys.exit(f"There is no fault {min(unknown)} in suites/client/faults.yaml.")
    programmes = arguments.programme or PROGRAMMES
    jobs = _good(arguments, programmes) if arguments.seeds else _faulty(arguments, programmes)
    failed = 0
    with ThreadPoolExecutor(arguments.workers) as pool:
        for session, problems in pool.map(lambda job: job(), jobs):
            failed += bool(problems)
            print(f"{session.seconds:6.1f} s  {session.name}: {'; '.join(problems) or 'as expected'}", flush=True)
    print(f"{failed} of {len(jobs)} sessions were not as expected." if failed else f"{len(jobs)} sessions as expected.")
    return int(bool(failed))


def _good(arguments: argparse.Namespace, programmes: Iterable[str]) -> list[Any]:
    command = f"{CLIENTS[arguments.client]} {arguments.options}".strip()

    def job(programme: str, seed: int) -> tuple[Session, list[str]]:
        name = f"{arguments.client} {programme} seed {seed}"
        session = run_session(name, command, programme, waits=arguments.waits, seed=seed)
        return session, problems_of_good(session)

    return [
        lambda programme=programme, seed=seed: job(programme, seed)
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        for programme in programmes
    ]


def takes_a_session(fault: Fault) -> bool:
    """Return whether a session with a command can show the fault: the suite chooses when a command polls."""
    return fault.flag != POLLS_ON_THE_HOUR


def faulty_session(fault: Fault, programme: str, *, waits: bool) -> Session:
    """Run the acts that are enough to show a fault, and return the session."""
    command = f"{sys.executable} {EXAMPLES}/client/bad.py --bad {fault.flag} --delay 0"
    known = {act.name for act in ACTS[programme]}
    acts = [each for each in fault.acts if each in known]
    return run_session(f"{fault.flag} {programme}", command, programme, acts=acts, waits=waits)


def _faulty(arguments: argparse.Namespace, programmes: Iterable[str]) -> list[Any]:
    def job(fault: Fault, programme: str) -> tuple[Session, list[str]]:
        session = faulty_session(fault, programme, waits=bool({"throttle-and-outage", "declare"} & set(fault.acts)))
        return session, problems_of_fault(fault, session)

    selected = [each for each in faults().values() if not arguments.flags or each.flag in arguments.flags]
    return [
        lambda fault=fault, programme=programme: job(fault, programme)
        for fault in filter(takes_a_session, selected)
        for programme in programmes
        if programme in fault.programmes
    ]


if __name__ == "__main__":
    sys.exit(main())
