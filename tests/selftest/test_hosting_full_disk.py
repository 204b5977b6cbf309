"""A hosting process whose disk is really full: a small file system in memory, which only root can mount."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
import requests
from tools.benchmarks.hosted_process import CONTROL, host

from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.log import SessionLog
from lead_provider_conformance.readiness.hosting.unavailable import FULL

MEBIBYTES = 48


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={MEBIBYTES}m", "tmpfs", str(folder)]
    if subprocess.run(["mount", *options], check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Write a file until the disk is full, and return it."""
    file = disk / "filler"
    with file.open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            return file
    raise AssertionError("The disk is not full.")


def test_session_goes_on_after_the_disk_was_full(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(disk))
    statuses: dict[int, int] = {}
    with host(f"{disk}/store.sqlite", tmp_path / "log") as process:
        made = process.control("POST", "/sessions", {"name": "client", "programme": "npq"}).json()
        headers = {"Authorization": f"Bearer {made['token']}"}

        def ask() -> requests.Response:
            number = len(statuses)
            path = f"{process.url}/api/v3/npq-applications?page[per_page]=20&x={number}"
            answered = requests.get(path, headers=headers, timeout=60)
            statuses[number] = answered.status_code
            return answered

        ask()
        filler = fill(disk)
        while (refused := ask()).status_code == 200:
            assert len(statuses) < 2_000, "the disk is not full"
        export = requests.get(
            f"{process.url}/control/sessions/{made['id']}/export",
            headers={"Authorization": f"Bearer {CONTROL}"},
            timeout=60,
        )
        filler.unlink()
        again = [ask().status_code for _ in range(3)]
        page = requests.get(f"{process.url}/{made['page'].split('/', 3)[3]}", timeout=60).text
        package = process.control("GET", f"/sessions/{made['id']}/export").content
        process.stop()
        with closing(Database(f"{disk}/store.sqlite")) as database:
            exchanges = [orjson.loads(each) for each in SessionLog(database, made["id"]).exchange_contents()]

    assert refused.status_code == 503
    assert refused.text == f"{FULL}\n"
    assert export.status_code == 503
    assert "error" in export.json()
    assert again[-2:] == [200, 200]
    assert "Now: connect" in page
    assert package[:2] == b"PK"
    seen = Counter(int(each["request"]["url"].rpartition("x=")[2]) for each in exchanges if not each["error"])
    assert seen == Counter({number: 1 for number, status in statuses.items() if status == 200})
