"""Hooks: functions that return the replacement of a part for a fault.

A hook takes the argument `with` of the catalogue. Its replacement takes the part's own function and the part's
arguments, of which the first is the request.
"""

from __future__ import annotations

from types import ModuleType

from lead_provider_sandbox.faults.hook import Hook
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


def _hooks_of(module: ModuleType) -> dict[str, Hook]:
    """Return the public functions that a module defines, by name."""
    return {
        name: function
        for name, function in vars(module).items()
        if callable(function) and not name.startswith("_") and getattr(function, "__module__", "") == module.__name__
    }


HOOKS: dict[str, Hook] = {
    name: hook
    for module in (rules, documents, filters, paging, sorting, access, writes, files, membership, routing, methods)
    for name, hook in _hooks_of(module).items()
}
"""Every hook by name; names are unique across modules."""
