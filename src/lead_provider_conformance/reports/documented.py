"""Which statuses the contract of a run documents for each operation, when that very contract is at hand."""

from __future__ import annotations

from collections import defaultdict

from lead_provider_conformance.contract import Contract, ContractError
from lead_provider_conformance.reports.figures import Statuses
from lead_provider_conformance.results.journal import Journals


def documented_statuses(record: Journals) -> dict[str, Statuses]:
    """The documented statuses by version and operation, of the operations that the run's scopes cover.

    A version whose contract has changed since the run, by its hash, is left out: a report never holds a run against
    another contract than its own.
    """
    programmes: dict[str, set[str]] = defaultdict(set)
    for scope in record.plan["scopes"]:
        programmes[scope["version"]].add(scope["programme"])
    found: dict[str, Statuses] = {}
    for version, contract_hash in record.run["contract"]["hashes"].items():
        try:
            contract = Contract.load(version)
        except ContractError:
            continue
        if contract.hash == contract_hash:
            found[version] = {
                operation.id: operation.statuses
                for operation in contract.operations
                if operation.programmes & programmes[version]
            }
    return found
