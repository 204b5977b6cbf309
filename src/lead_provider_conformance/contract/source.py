"""One YAML file of the contract: its data, and the line on which anything in it stands."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.contract.errors import ContractError

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times faster


class _StrictLoader(Loader):  # type: ignore[misc]
    """Refuses a key that is given twice, and leaves dates as the strings that JSON would have."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key_node.value}' is given twice", key_node.start_mark
                )
            seen.add(key_node.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}


class Source:
    """A parsed file. `data` is what it says; `fail` makes an error that points at a place in it."""

    def __init__(self, path: Path, shown_as: str) -> None:
        """Read and parse `path`; errors name it as `shown_as`. Raises `ContractError`."""
        self.path = path
        self.shown_as = shown_as
        try:
            self.text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ContractError(f"{shown_as}: the file cannot be read: {error.strerror}.") from error
        try:
            self.data: Any = yaml.load(self.text, Loader=_StrictLoader)  # noqa: S506 (a safe loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = mark.line + 1 if mark else 1
            raise ContractError(f"{shown_as}:{line}: {error.problem}.") from error

    def fail(self, where: Sequence[str | int], sentence: str, *, key: bool = False) -> ContractError:
        """An error at the value (with `key`: at the key) that the path `where` leads to."""
        return ContractError(f"{self.shown_as}:{self.line(where, key=key)}: {sentence}")

    def line(self, where: Sequence[str | int], *, key: bool = False) -> int:
        """The line, from 1, of the value (with `key`: of the key) that the path `where` leads to."""
        node = yaml.compose(self.text, Loader=Loader)
        line: int = node.start_mark.line + 1 if node is not None else 1
        for depth, part in enumerate(where):
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
                if found is None:
                    break
                node = found[1]
                at_key = key and depth == len(where) - 1
                line = (found[0] if at_key else node).start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                break
        return line
