"""Read YAML files that people write. Errors are one sentence with the file and the place."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import yaml

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.resources import cache_folder, write_atomically
from lead_provider_conformance.schemas import problems

SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times faster

_STRING, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"
# Braces mean something else to YAML between brackets.
_UNQUOTED_VARIABLE = re.compile(rb"[\[,{]\s*\$\{")


class JsonLoader(SafeLoader):  # type: ignore[misc]
    """Load YAML as JSON: keys and dates are strings. Refuse duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is not a string", key.start_mark)
            if key.value in seen:
                message = f"the key '{key.value}' is a duplicate"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            seen.add(key.value)
            if key.tag != _MERGE:
                key.tag = _STRING
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str | bytes) -> Any:
    """Return the content of a YAML text. Raise yaml.YAMLError."""
    return yaml.load(text, Loader=JsonLoader)  # noqa: S506 - a safe loader


def load_own(text: str) -> Any:
    """Return the content of one of the package's own YAML files, which is kept as JSON in the user's cache.

    Files of users are not kept there: they may hold tokens. Raise yaml.YAMLError.
    """
    kept = cache_folder() / "yaml" / f"{sha256(text.encode()).hexdigest()}.json"
    with suppress(OSError, ValueError):
        return orjson.loads(kept.read_bytes())
    content = load(text)
    with suppress(OSError):  # a cache that cannot be written only costs time
        write_atomically(kept, orjson.dumps(content))
    return content


def read(path: Path, *, schema: str) -> Any:
    """Return the content of a file. Raise UsageError if the schema of that name does not allow it."""
    content = parsed(path)
    check(path, content, schema=schema)
    return content


def read_own(path: Path, *, schema: str) -> Any:
    """Return the content of one of the package's own files, as `read` does."""
    content = parsed(path, own=True)
    check(path, content, schema=schema)
    return content


def check(path: Path, content: Any, *, schema: str) -> None:
    """Raise UsageError, with the line in the file, if the schema of that name does not allow its content."""
    for problem in problems(schema, content):
        raise UsageError(f"{path}:{_line(path, problem.path)}: {problem}")


def _line(path: Path, place: Sequence[str | int]) -> int:
    """Return the number of the line of the innermost key or item on the way to `place`."""
    node = yaml.compose(path.read_bytes(), Loader=SafeLoader)
    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            entries = {key.value: (key, value) for key, value in node.value}
        elif isinstance(node, yaml.SequenceNode):
            entries = {index: (value, value) for index, value in enumerate(node.value)}
        else:
            entries = {}
        if part not in entries:  # in a merged mapping, for instance
            break
        start, node = entries[part]
        line = start.start_mark.line + 1
    return line


def parsed(path: Path, *, own: bool = False) -> Any:
    """Return the content of a file, of the package's `own` or a user's.

    Raise UsageError if it cannot be read or is not YAML.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); give a readable YAML file.") from None
    try:
        return load_own(content.decode()) if own else load(content)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        line = content.splitlines()[mark.line] if mark and mark.line < len(content.splitlines()) else b""
        advice = "put ${…} between quotes" if _UNQUOTED_VARIABLE.search(line) else "correct it"
        raise UsageError(f"{path}{place} is not YAML: {error.problem}; {advice}.") from None
    except (yaml.YAMLError, ValueError) as error:  # such as a byte that is not UTF-8, or an impossible number
        raise UsageError(f"{path} is not YAML: {' '.join(str(error).split())}; correct it.") from None
