"""The path of the file that describes a subject, as reports show it."""

from __future__ import annotations

from pathlib import Path


def shown_path(file: Path | None) -> str | None:
    """Return the path of a file from the working folder, with slashes; only its name if it is elsewhere."""
    if file is None:
        return None
    path, here = file.resolve(), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name
