"""Mutate the suite's own code with mutmut and report the mutants that no test kills.

    python -m tools.mutation                 # every module of `only_mutate` in pyproject.toml
    python -m tools.mutation --sample        # one module, another one each day: for CI
    python -m tools.mutation results.verdict # these modules

A mutant may survive if `tests/mutation/survivors.yaml` argues why no test can or should kill it. The command fails if
another mutant survives, if an argued one is killed or gone, or if fewer than 90 % of all mutants are killed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "mutants"
SURVIVORS = ROOT / "tests" / "mutation" / "survivors.yaml"
PACKAGE = "lead_provider_conformance"
LEAST_KILLED = 0.9
# mutmut's exit codes of a mutant's tests: failed, or failed to start.
KILLED = {1, 3, 37}
# The tests of a mutant that loops for ever are stopped by CPU time.
TIMED_OUT = {36, 24, -24, 152, 255}


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no test kills: its function, and the lines that it removes and adds."""

    function: str
    change: str


def modules() -> list[str]:
    """Return the modules to mutate, such as `results.verdict`, in the order of pyproject.toml."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    paths = (Path(path).with_suffix("").parts for path in config["only_mutate"])
    return [".".join(parts[parts.index(PACKAGE) + 1 :]) for parts in paths]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return 1 if a mutant survives without an argument, or too many survive."""
    known = modules()
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("module", nargs="*", help=f"default: all; {', '.join(known)}")
    parser.add_argument("--sample", action="store_true", help="one module, chosen by today's date")
    parsed = parser.parse_args(arguments)
    if unknown := sorted(set(parsed.module) - set(known)):
        parser.error(f"{unknown[0]} is not among the mutated modules: {', '.join(known)}")
    chosen = parsed.module or known
    if parsed.sample:
        chosen = [known[datetime.now(UTC).date().toordinal() % len(known)]]
    patterns = [f"{PACKAGE}.{module}.*" for module in chosen]
    # mutmut would reuse the coverage of an earlier run, also for functions that have been renamed since.
    shutil.rmtree(MUTANTS, ignore_errors=True)
    run_mutmut("run", *patterns)
    reasons = {each: why for each, why in argued().items() if each.function.startswith(tuple(f"{m}." for m in chosen))}
    return report(results(patterns), reasons)


def run_mutmut(*arguments: str) -> str:
    """Run mutmut in the root folder and return its output. Exit if it fails."""
    # Python remembers that a folder of PYTHONPATH did not exist when it started.
    (MUTANTS / "src").mkdir(parents=True, exist_ok=True)
    # mutmut copies the tests with their bytecode, which names the files that it was compiled from.
    folders = {"PYTHONPATH": str(MUTANTS / "src"), "PYTHONPYCACHEPREFIX": str(MUTANTS / "bytecode")}
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=ROOT,
        env=os.environ | folders,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"mutmut {arguments[0]} failed:\n{done.stdout[-4_000:]}{done.stderr[-2_000:]}")
    return done.stdout


def results(patterns: Iterable[str]) -> Mapping[str, int | None]:
    """Return mutmut's exit code for each mutant whose name matches one of the patterns."""
    names = list(patterns)
    found: dict[str, int | None] = {}
    for meta in sorted(MUTANTS.rglob("*.meta")):
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        found |= {name: code for name, code in codes.items() if any(fnmatch(name, each) for each in names)}
    return found


def argued() -> Mapping[Survivor, str]:
    """Return the reason for each mutant that may survive."""
    entries: list[dict[str, Any]] = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8")) or []
    return {Survivor(entry["function"], entry["change"].strip()): entry["why"] for entry in entries}


def survivor(name: str) -> Survivor:
    """Return what mutmut's mutant of that name changes."""
    lines = run_mutmut("show", name).splitlines()
    changed = [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    change = "\n".join(f"{line[0]} {' '.join(line[1:].split())}" for line in changed)
    return Survivor(function_of(name), change)


def function_of(mutant: str) -> str:
    """Return the function of a mutant by its usual name: `results.verdict._judge`, `results.verdict.Verdict.of`."""
    path, _, mangled = mutant.removeprefix(f"{PACKAGE}.").rpartition(".")
    mangled = mangled.partition("__mutmut_")[0].removeprefix("x")
    return f"{path}.{mangled.strip('ǁ').replace('ǁ', '.')}" if "ǁ" in mangled else f"{path}.{mangled[1:]}"


def report(codes: Mapping[str, int | None], reasons: Mapping[Survivor, str]) -> int:
    """Print the result and return the exit status."""
    dead = KILLED | TIMED_OUT
    survivors = [survivor(name) for name, code in codes.items() if code not in dead]
    killed = len(codes) - len(survivors)
    share = killed / len(codes) if codes else 0.0
    print(f"{killed} of {len(codes)} mutants killed ({share:.1%}); {len(survivors)} survived.")
    problems = list(_problems(survivors, reasons))
    if share < LEAST_KILLED:
        problems.append(f"Fewer than {LEAST_KILLED:.0%} of the mutants are killed.")
    print("\n".join(problems))
    return 1 if problems else 0


def _problems(survivors: Sequence[Survivor], reasons: Mapping[Survivor, str]) -> Iterator[str]:
    for each in survivors:
        if each not in reasons:
            yield f"Survived without an argument in {SURVIVORS.relative_to(ROOT)}: {each.function}\n{each.change}"
    for each in reasons:
        if each not in survivors:
            yield f"Killed or gone; delete it from {SURVIVORS.relative_to(ROOT)}: {each.function}\n{each.change}"


if __name__ == "__main__":
    sys.exit(main())
