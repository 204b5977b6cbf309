"""The path of the file that describes a subject, as reports show it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

WORKFLOWS = ".github/workflows/"


def shown_path(file: Path | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the path of a file from the working folder, with slashes.

    Code scanning of GitHub refuses results without a file. If options describe the subject, or a file that is not in
    the working folder, the GitHub workflow of the run takes its place: it is in the repository of the subject. Without
    a workflow, return the name of the file alone.
    """
    if file is None:
        return _workflow(environment)
    path, here = file.resolve(), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else _workflow(environment) or path.name


def _workflow(environment: Mapping[str, str]) -> str | None:
    """Return the path of the running GitHub workflow in its repository; None elsewhere."""
    workflow, repository = (environment.get(f"GITHUB_{name}", "") for name in ("WORKFLOW_REF", "REPOSITORY"))
    path = workflow.partition("@")[0]
    is_own = repository and path.startswith(f"{repository}/{WORKFLOWS}")
    return path.removeprefix(f"{repository}/") if is_own else None
