"""The registry of faulty variants of the example client, by the flag that selects one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sync import Api, Client

API_TYPES: dict[str, type[Api]] = {}
CLIENT_TYPES: dict[str, type[Client]] = {}
Part = TypeVar("Part", bound=type[Api] | type[Client])


def variant(flag: str) -> Callable[[Part], Part]:
    """Register a class as a part of the variant with a flag."""

    def register(part: Part) -> Part:
        if issubclass(part, Api):
            API_TYPES[flag] = part
        else:
            CLIENT_TYPES[flag] = part
        return part

    return register
