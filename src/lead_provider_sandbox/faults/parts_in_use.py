"""The parts that each service uses, found in the code of its operations.

A fault of another part would change nothing in the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.services import SERVICES
from lead_provider_sandbox.parts import PARTS, Part

_PACKAGE = "lead_provider_sandbox."


@cache
def parts_in_use() -> Mapping[str, frozenset[str]]:
    """Return the names of the parts that each service uses, by the service's name."""
    called = {each.name: _called_from([Gateway, *(known.handler for known in each.operations)]) for each in SERVICES}
    # The other parts are of the provisioning calls, which every service has.
    provisioning = PARTS.keys() - frozenset().union(*called.values())
    return {name: parts | provisioning for name, parts in called.items()}


def _called_from(roots: Iterable[Any]) -> frozenset[str]:
    """Return the parts among the roots and all that they refer to."""
    parts: set[str] = set()
    seen: set[int] = set()
    queue = list(roots)
    while queue:
        value = queue.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Part):
            parts.add(value.name)
        queue += _referred_to(value)
    return frozenset(parts)


def _referred_to(value: Any) -> Iterator[Any]:
    """Yield the objects of the sandbox that a part, a function, a class or a collection refers to."""
    match value:
        case Part():
            yield value.function
        case FunctionType() if value.__module__.startswith(_PACKAGE):
            yield from _named_in(value)
            yield from (cell.cell_contents for cell in value.__closure__ or ())
        case type() if value.__module__.startswith(_PACKAGE):
            yield from vars(value).values()
        case property():
            yield value.fget
        case list() | tuple():
            yield from value
        case dict():
            yield from value.values()


def _named_in(function: FunctionType) -> Iterator[Any]:
    """Yield the globals, and the attributes of modules, that the code of a function names."""
    names = set(_names(function.__code__))
    for found in (function.__globals__[name] for name in names & function.__globals__.keys()):
        yield found
        if isinstance(found, ModuleType):
            yield from (vars(found)[name] for name in names & vars(found).keys())


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
