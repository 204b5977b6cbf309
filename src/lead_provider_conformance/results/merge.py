"""Join the journals of shards, the parts of one run on several machines, into the journals of the whole run.

The verdict on the whole run follows from the joined journals alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lead_provider_conformance.config.target import is_loopback
from lead_provider_conformance.model import Ending, Subject, UsageError
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS, Journals

# The worst ending of a shard is that of the whole run. The journal of a killed run has no ending.
WORST_FIRST = (
    Ending.SUITE_FAILED,
    Ending.INTERRUPTED,
    Ending.TARGET_LOST,
    Ending.OUT_OF_TIME,
    Ending.STOPPED,
    Ending.OVER_QUOTA,
    Ending.KILLED,
    Ending.FINISHED,
)


class MergeError(UsageError):
    """The journals do not belong to one run, or the folder cannot take them."""


def merge(folders: Sequence[Path], into: Path) -> None:
    """Join the journals of the shards in `folders` and write them into the folder `into`.

    Raise MergeError for runs of different contracts, targets or suites, for a run that is given twice, and for a
    client's session.
    """
    if into.resolve() in {folder.resolve() for folder in folders}:
        raise MergeError(f"--into {into} is one of the folders to merge; give another folder.")
    shards = [journal.read_journals(folder) for folder in folders]
    _check_same_run(shards)
    whole = journal.Journal(into)
    for name in (RESULTS, EXCHANGES):
        (into / name).unlink(missing_ok=True)
    whole.write_result(_run_line(shards))
    whole.write_result(_plan_line(shards))
    for number, shard in enumerate(shards, start=1):
        for name in (RESULTS, EXCHANGES):
            _append(shard.folder / name, into / name, number)
    ending = min((shard.ending for shard in shards), key=WORST_FIRST.index)
    if ending is not Ending.KILLED:
        ended = max(shard.ended_at for shard in shards if shard.ended_at)
        whole.write_result({"kind": "end", "ending": str(ending), "at": ended})


def _check_same_run(shards: Sequence[Journals]) -> None:
    first = shards[0]
    hashes: dict[str, tuple[str, Path]] = {}
    folders: dict[str, Path] = {}
    for shard in shards:
        if shard.subject is Subject.CLIENT:
            raise MergeError(f"{shard.folder} is a client's session, which has no shards; use its own reports.")
        run = shard.run
        pair = f"{shard.folder} and {first.folder}"
        if run["id"] in folders:
            raise MergeError(f"{shard.folder} and {folders[run['id']]} hold the same run; give each shard once.")
        folders[run["id"]] = shard.folder
        if run["suite"] != first.run["suite"]:
            raise MergeError(
                f"{pair} come from different versions of the suite ({run['suite']['version']} and "
                f"{first.run['suite']['version']}); run both with one."
            )
        if _target_key(run) != _target_key(first.run):
            raise MergeError(
                f"{pair} tested different targets ({run['target']['name']} at {run['target']['base_url']}, and "
                f"{first.run['target']['name']} at {first.run['target']['base_url']}); merge shards of one target."
            )
        for version, contract_hash in run["contract"]["hashes"].items():
            known, where = hashes.setdefault(version, (contract_hash, shard.folder))
            if known != contract_hash or run["contract"]["edition"] != first.run["contract"]["edition"]:
                raise MergeError(
                    f"{shard.folder} and {where} were tested against different contracts of {version}; "
                    "run both with the same version and edition of the contract."
                )


def _target_key(run: Mapping[str, Any]) -> tuple[object, ...]:
    target = run["target"]
    return target["name"], target["safety"], machine_or_url(target["base_url"]), target.get("operations")


def machine_or_url(base_url: str) -> str:
    """Return the part of an address to compare: each shard may start a server on a port of its own."""
    return "this machine" if is_loopback(base_url) else base_url


def _run_line(shards: Sequence[Journals]) -> dict[str, Any]:
    runs = [shard.run for shard in shards]
    first = runs[0]
    parts = list(dict.fromkeys(each for run in runs for each in run.get("shards", ())))
    hashes = {version: value for run in runs for version, value in run["contract"]["hashes"].items()}
    return {
        **first,
        "id": str(uuid.uuid4()),
        "merged_from": [run["id"] for run in runs],
        **({"shards": parts} if parts else {}),
        "started_at": min(run["started_at"] for run in runs),
        "contract": {"edition": first["contract"]["edition"], "hashes": dict(sorted(hashes.items()))},
        "machine": {name: ", ".join(dict.fromkeys(run["machine"][name] for run in runs)) for name in first["machine"]},
    }


def _plan_line(shards: Sequence[Journals]) -> dict[str, Any]:
    plans = [shard.plan for shard in shards]
    scopes = _union(plans, "scopes", lambda each: (each["version"], each["programme"]))
    return {
        "kind": "plan",
        "scopes": sorted(scopes, key=lambda each: (each["version"], each["programme"])),
        "requirements": _union(plans, "requirements", lambda each: each["id"]),
        "waivers": _union(plans, "waivers", repr),
        "gaps": _union(plans, "gaps", repr),
    }


def _union(plans: Iterable[Mapping[str, Any]], name: str, key: Callable[[Any], object]) -> list[Any]:
    entries: dict[object, Any] = {}
    for plan in plans:
        for each in plan.get(name, ()):
            entries.setdefault(key(each), each)
    return list(entries.values())


def _append(source: Path, destination: Path, shard: int) -> None:
    """Append a journal of a shard to that of the whole run, with the shard's number in the ids of exchanges.

    Damaged lines are copied, so that they are counted.
    """
    if not source.is_file():
        return
    with source.open("rb") as lines, destination.open("ab") as file:
        for raw in lines:
            line = journal.parse_line(raw)
            if line is None:
                file.write(raw.rstrip() + b"\n")
                continue
            if line.get("kind") in ("run", "plan", "end"):
                continue
            if "id" in line:
                line["id"] = f"{shard}-{line['id']}"
            if "exchanges" in line:
                line["exchanges"] = [f"{shard}-{each}" for each in line["exchanges"]]
            file.write(journal.encode_line(line))
