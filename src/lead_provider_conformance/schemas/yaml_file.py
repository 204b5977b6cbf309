"""Reads a YAML file that somebody has written, and says in one sentence, with the place, what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.schemas import problems

# Braces mean something else to YAML between brackets.
UNQUOTED_VARIABLE = re.compile(rb"[\[,{]\s*\$\{")


def read(path: Path, *, schema: str) -> Any:
    """What a file holds, which is what the schema of that name allows.

    Raises UsageError, with the file and the place in it, for whatever is wrong.
    """
    content = parsed(path)
    for problem in problems(schema, content):
        raise UsageError(f"{path}: {problem}")
    return content


def parsed(path: Path) -> Any:
    """What a file holds, whatever that is. Raises UsageError if it cannot be read, or is not YAML."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); give a readable YAML file.") from None
    try:
        return yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - libyaml's is faster
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        line = content.splitlines()[mark.line] if mark and mark.line < len(content.splitlines()) else b""
        advice = "put ${…} between quotes" if UNQUOTED_VARIABLE.search(line) else "correct it"
        raise UsageError(f"{path}{place} is not YAML: {error.problem}; {advice}.") from None
    except yaml.YAMLError as error:  # such as a byte that is no UTF-8
        raise UsageError(f"{path} is not YAML: {' '.join(str(error).split())}; correct it.") from None
    except ValueError as error:  # such as the 30th of February
        raise UsageError(f"{path} holds a date that there is not ({error}); correct it.") from None
