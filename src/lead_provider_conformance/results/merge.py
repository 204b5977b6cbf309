"""Joins the journals of shards, the parts of one run that ran elsewhere, into the journals of the whole.

The verdict on the whole follows from the joined journals alone: what one shard did not select, another has tested.
"""

from __future__ import annotations

import ipaddress
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lead_provider_conformance.model import Ending, UsageError
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS, Journals

# What one shard came to outweighs the rest, in this order. A run that was killed has no ending to write.
WORST_FIRST = (
    Ending.SUITE_FAILED,
    Ending.INTERRUPTED,
    Ending.TARGET_LOST,
    Ending.OUT_OF_TIME,
    Ending.KILLED,
    Ending.FINISHED,
)


class MergeError(UsageError):
    """Journals that do not belong together, or a folder that cannot take them."""


def merge(folders: Sequence[Path], into: Path) -> None:
    """Write into the folder `into` the journals of the whole run whose shards are in `folders`.

    Raises MergeError for runs of different contracts, targets or suites, and for a run that is given twice.
    """
    if into.resolve() in {folder.resolve() for folder in folders}:
        raise MergeError(f"--into {into} is one of the folders to merge; give another, so that nothing is lost.")
    shards = [journal.read_journals(folder) for folder in folders]
    _refuse_strangers(shards)
    written = journal.Journal(into)
    for name in (RESULTS, EXCHANGES):
        (into / name).unlink(missing_ok=True)
    written.write_result(_run_line(shards))
    written.write_result(_plan_line(shards))
    for number, shard in enumerate(shards, start=1):
        _copy(shard.folder / RESULTS, into / RESULTS, partial(_renumbered_finding, number))
        _copy(shard.folder / EXCHANGES, into / EXCHANGES, partial(_renumbered_exchange, number))
    ending = min((shard.ending for shard in shards), key=WORST_FIRST.index)
    if ending is not Ending.KILLED:
        ended = max(shard.ended_at for shard in shards if shard.ended_at)
        written.write_result({"kind": "end", "ending": str(ending), "at": ended})


def _refuse_strangers(shards: Sequence[Journals]) -> None:
    first = shards[0]
    hashes: dict[str, tuple[str, Path]] = {}
    seen: dict[str, Path] = {}
    for shard in shards:
        run = shard.run
        pair = f"{shard.folder} and {first.folder}"
        if run["id"] in seen:
            raise MergeError(f"{shard.folder} and {seen[run['id']]} hold the same run; give each shard once.")
        seen[run["id"]] = shard.folder
        if run["suite"] != first.run["suite"]:
            raise MergeError(
                f"{pair} come from different versions of the suite ({run['suite']['version']} and "
                f"{first.run['suite']['version']}); run both with one."
            )
        if _target(run) != _target(first.run):
            raise MergeError(
                f"{pair} tested different targets ({run['target']['name']} at {run['target']['base_url']}, and "
                f"{first.run['target']['name']} at {first.run['target']['base_url']}); merge shards of one target."
            )
        for version, contract_hash in run["contract"]["hashes"].items():
            known, where = hashes.setdefault(version, (contract_hash, shard.folder))
            if known != contract_hash or run["contract"]["edition"] != first.run["contract"]["edition"]:
                raise MergeError(
                    f"{shard.folder} and {where} were held against different contracts of {version}; "
                    "run both with the same version and edition of the contract."
                )


def _target(run: Mapping[str, Any]) -> tuple[object, ...]:
    target = run["target"]
    return target["name"], target["safety"], whereabouts(target["base_url"]), target.get("operations")


def whereabouts(base_url: str) -> str:
    """An address to compare: of servers that each shard starts for itself, the ports differ."""
    host = urlsplit(base_url).hostname or ""
    try:
        own = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = False
    return "this machine" if own else base_url


def _run_line(shards: Sequence[Journals]) -> dict[str, Any]:
    runs = [shard.run for shard in shards]
    hashes = {version: value for run in runs for version, value in run["contract"]["hashes"].items()}
    return {
        **runs[0],
        "id": str(uuid.uuid4()),
        "merged_from": [run["id"] for run in runs],
        "started_at": min(run["started_at"] for run in runs),
        "contract": {"edition": runs[0]["contract"]["edition"], "hashes": dict(sorted(hashes.items()))},
        "machine": {
            name: ", ".join(dict.fromkeys(run["machine"][name] for run in runs)) for name in runs[0]["machine"]
        },
    }


def _plan_line(shards: Sequence[Journals]) -> dict[str, Any]:
    plans = [shard.plan for shard in shards]
    scopes = _united(plans, "scopes", lambda each: (each["version"], each["programme"]))
    return {
        "kind": "plan",
        "scopes": sorted(scopes, key=lambda each: (each["version"], each["programme"])),
        "requirements": _united(plans, "requirements", lambda each: each["id"]),
        "waivers": _united(plans, "waivers", lambda each: json.dumps(each, sort_keys=True)),
    }


def _united(plans: Iterable[Mapping[str, Any]], name: str, key: Callable[[Any], object]) -> list[Any]:
    found: dict[object, Any] = {}
    for plan in plans:
        for each in plan[name]:
            found.setdefault(key(each), each)
    return list(found.values())


def _copy(source: Path, onto: Path, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Append the changed lines of one journal to another; a line that cannot be read stays as it is, and is counted."""
    if source.is_file():
        with source.open("rb") as lines, onto.open("ab") as file:
            file.writelines(_changed(lines, change))


def _changed(lines: Iterable[bytes], change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Iterator[bytes]:
    for raw in lines:
        line = journal.parse_line(raw)
        if line is None:
            yield raw.rstrip(b"\n") + b"\n"
        elif changed := change(line):
            yield journal.encode_line(changed)


def _renumbered_finding(shard: int, line: dict[str, Any]) -> dict[str, Any] | None:
    if line["kind"] in ("run", "plan", "end"):
        return None
    if "exchanges" in line:
        line["exchanges"] = [f"{shard}-{each}" for each in line["exchanges"]]
    return line


def _renumbered_exchange(shard: int, line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "id": f"{shard}-{line['id']}"}
