"""What stands in for a part when a fault is on. Each hook takes what the catalogue tells it and gives a replacement.

A replacement is called with the part's own function, then with the part's arguments, of which the first is the request.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from lead_provider_sandbox.faults.hooks import (
    access,
    documents,
    files,
    filters,
    membership,
    methods,
    paging,
    routing,
    rules,
    sorting,
    writes,
)
from lead_provider_sandbox.parts import Replacement

Hook = Callable[[Any], Replacement]


def _hooks_of(module: ModuleType) -> dict[str, Hook]:
    """The public functions that a module of hooks defines, by name."""
    return {
        name: made
        for name, made in vars(module).items()
        if callable(made) and not name.startswith("_") and getattr(made, "__module__", "") == module.__name__
    }


HOOKS: dict[str, Hook] = {
    name: hook
    for module in (rules, documents, filters, paging, sorting, access, writes, files, membership, routing, methods)
    for name, hook in _hooks_of(module).items()
}
"""Every hook by name; no two modules have one of the same name."""
