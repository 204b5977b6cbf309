"""Several processes find out what one finds out, and never take hold of the same record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .processes import Ended, run, sandbox


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    def one(name: str, *options: str) -> Ended:
        with sandbox() as served:
            return run(tmp_path / name, *served.options, "--profile", "quick", *options)

    with ThreadPoolExecutor(2) as pool:
        serial = pool.submit(one, "serial")
        parallel = pool.submit(one, "parallel", "-n", "2")

    # Incomplete: without provisioning nobody finishes registering.
    assert (serial.result().status, parallel.result().status) == (6, 6)
    assert not serial.result().with_outcome("failed")
    assert serial.result().outcomes == parallel.result().outcomes
    ids = [exchange["id"] for exchange in parallel.result().exchanges]
    assert len(set(ids)) == len(ids)
    assert {each.partition("-")[0] for each in ids} == {"gw0", "gw1"}
    for ended in (serial.result(), parallel.result()):
        by_supplier = [
            line["record"] for line in ended.results if line["kind"] == "claim" and line["supplier"] == "discovery"
        ]
        assert len(set(by_supplier)) == len(by_supplier)
