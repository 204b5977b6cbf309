"""Read a YAML file of the contract, and find the line of a value in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.resources import contract_root
from lead_provider_conformance.schemas import yaml_file


class ContractError(Exception):
    """A document of the contract is not valid. The message has the file, the line and the error."""


class Source:
    """A parsed file: `data` is its content, `error` builds an error with the line of a value."""

    def __init__(self, path: Path, label: str) -> None:
        """Parse `path`; errors name it `label`. Raise `ContractError` if it cannot be read or is not YAML."""
        self.path = path
        self.label = label
        load = yaml_file.load_own if path.is_relative_to(contract_root()) else yaml_file.load
        try:
            self.text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ContractError(f"{label}: the file cannot be read: {error.strerror}.") from error
        try:
            self.data: Any = load(self.text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = mark.line + 1 if mark else 1
            raise ContractError(f"{label}:{line}: {error.problem}.") from error

    def error(self, where: Sequence[str | int], sentence: str, *, key: bool = False) -> ContractError:
        """Return an error with the line of the value, or with `key` of the key, at the path `where`."""
        return ContractError(f"{self.label}:{self.line(where, key=key)}: {sentence}")

    def line(self, where: Sequence[str | int], *, key: bool = False) -> int:
        """Return the line, from 1, of the value, or with `key` of the key, at the path `where`."""
        node = yaml.compose(self.text, Loader=yaml_file.SafeLoader)
        line: int = node.start_mark.line + 1 if node is not None else 1
        for depth, part in enumerate(where):
            if isinstance(node, yaml.MappingNode):
                children = {name.value: (name, value) for name, value in node.value}
            elif isinstance(node, yaml.SequenceNode):
                children = {str(index): (item, item) for index, item in enumerate(node.value)}
            else:
                break
            if str(part) not in children:
                break
            name, node = children[str(part)]
            line = (name if key and depth == len(where) - 1 else node).start_mark.line + 1
        return line
