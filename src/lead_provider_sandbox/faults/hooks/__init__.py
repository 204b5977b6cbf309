"""Hooks: functions that return the replacement of a part for a fault.

A hook takes the argument `with` of the catalogue. Its replacement takes the part's own function and the part's
arguments, of which the first is the request. The public functions of a module are its hooks.
"""

from __future__ import annotations

from lead_provider_sandbox.faults.hook import Hook
from lead_provider_sandbox.faults.hooks import (
    access,
    documents,
    ect,
    files,
    filters,
    impossible_values,
    input_errors,
    membership,
    merged_records,
    npq_service,
    overlapping,
    paging,
    routing,
    rules,
    sorting,
    wire,
    writes,
)

HOOKS: dict[str, Hook] = {
    name: hook
    for module in (
        *(rules, documents, filters, paging, sorting, access, writes, files, membership, routing, input_errors),
        impossible_values,
        ect,
        npq_service,
        overlapping,
        merged_records,
        wire,
    )
    for name, hook in vars(module).items()
    if not name.startswith("_") and getattr(hook, "__module__", "") == module.__name__
}
"""Every hook by name; names are unique across modules."""
