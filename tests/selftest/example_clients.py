"""Run an example client against a sandbox, and read the sandbox's records."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import requests

from .processes import FIRST_TOKEN, ROOT, environment

EXAMPLES = ROOT / "examples"
PYTHON = (sys.executable, str(EXAMPLES / "client" / "sync.py"), "--delay", "0", "--timeout", "5")
TYPESCRIPT_FOLDER = EXAMPLES / "client-ts"
TYPESCRIPT = ("node", str(TYPESCRIPT_FOLDER / "dist" / "main.js"))
Task = Mapping[str, Any]


@cache
def build_typescript() -> str | None:
    """Compile the client in TypeScript; return the reason if that is not possible here."""
    compiler = TYPESCRIPT_FOLDER / "node_modules" / ".bin" / "tsc"
    if shutil.which("node") is None or not compiler.exists():
        return f"{TYPESCRIPT_FOLDER} has no compiler. Install it with: make clients"
    subprocess.run([compiler, "--project", TYPESCRIPT_FOLDER], check=True)
    return None


@dataclass
class ExampleClient:
    """A client with a folder for its state; each call of `run` is one run of its command."""

    command: Sequence[str]
    address: str
    programme: str
    folder: Path
    runs: count[int] = field(default_factory=lambda: count(1))

    def run(self, *tasks: Task) -> subprocess.CompletedProcess[str]:
        """Run the command with tasks, to which ids are given."""
        number = next(self.runs)
        file = self.folder / f"tasks-{number}.json"
        numbered = [{"id": f"t-{number}-{place}", **task} for place, task in enumerate(tasks)]
        given = {"act": "selftest", "now": datetime.now(UTC).isoformat(), "tasks": numbered}
        file.write_text(json.dumps(given), encoding="utf-8")
        return subprocess.run(
            self.command,
            env=environment(
                LEAD_PROVIDER_BASE_URL=self.address,
                LEAD_PROVIDER_TOKEN=FIRST_TOKEN,
                LEAD_PROVIDER_VERSION="v3",
                LEAD_PROVIDER_PROGRAMME=self.programme,
                LEAD_PROVIDER_EDITION="2026-08",
                LEAD_PROVIDER_ACT="selftest",
                LEAD_PROVIDER_STATE=str(self.folder),
                LEAD_PROVIDER_TASKS=str(file),
            ),
            capture_output=True,
            text=True,
            timeout=120,
        )


def read(address: str, path: str, **filters: str) -> list[dict[str, Any]]:
    """Return the records of a list, each with its id among its attributes."""
    query = {f"filter[{name}]": value for name, value in filters.items()} | {"page[per_page]": "3000"}
    response = requests.get(
        f"{address}/api/v3/{path}", query, headers={"Authorization": f"Bearer {FIRST_TOKEN}"}, timeout=30
    )
    response.raise_for_status()
    return [{"id": each["id"], **each["attributes"]} for each in response.json()["data"]]


def declarations_of(address: str, participant_id: str) -> list[tuple[str, str, str]]:
    """Return type, day and state of each declaration of a participant."""
    declared = read(address, "participant-declarations", participant_id=participant_id)
    return sorted((each["declaration_type"], each["declaration_date"][:10], each["state"]) for each in declared)


def teachers(address: str, cohort: str, **wanted: str) -> list[str]:
    """Return the ids of early career teachers of a cohort without declarations, by default in training."""
    conditions = {"participant_type": "ect", "cohort": cohort, "training_status": "active"} | {
        "schedule_identifier": "ecf-standard-september",
        "participant_status": "active",
        **wanted,
    }
    declared = {each["participant_id"] for each in read(address, "participant-declarations")}
    return [
        each["id"]
        for each in read(address, "participants", cohort=cohort)
        if each["id"] not in declared
        and len(each["ecf_enrolments"]) == 1
        and conditions.items() <= each["ecf_enrolments"][0].items()
    ]


def task(do: str, participant_id: str | None, course: str | None = "ecf-induction", **fields: Any) -> Task:
    """Return a task about a participant."""
    return {
        "do": do,
        "participant_id": participant_id,
        "full_name": "Somebody",
        "teacher_reference_number": None,
        "course_identifier": course,
        **fields,
    }


def declare(participant_id: str, declaration_type: str, on: str, evidence: str | None = None, **fields: Any) -> Task:
    """Return a task to declare for a participant, by default an early career teacher."""
    return task("declare", participant_id, declaration_type=declaration_type, on=on, evidence=evidence, **fields)
