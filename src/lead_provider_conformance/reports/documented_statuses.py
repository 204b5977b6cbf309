"""The statuses that a run's contract documents for each operation, if that exact contract is installed."""

from __future__ import annotations

from collections import defaultdict

from lead_provider_conformance.contract import Contract, ContractError
from lead_provider_conformance.reports.metrics import Statuses
from lead_provider_conformance.results.journal import Journals


def documented_statuses(journals: Journals) -> dict[str, Statuses]:
    """Return the documented statuses by version and operation, for the operations in the run's scopes.

    Skip a version whose contract hash differs from the run's: a report must not use another contract than the run did.
    """
    programmes: dict[str, set[str]] = defaultdict(set)
    for scope in journals.plan["scopes"]:
        programmes[scope["version"]].add(scope["programme"])
    statuses: dict[str, Statuses] = {}
    for version, contract_hash in journals.run["contract"]["hashes"].items():
        try:
            contract = Contract.load(version)
        except ContractError:
            continue
        if contract.hash == contract_hash:
            statuses[version] = {
                operation.id: operation.statuses
                for operation in contract.operations
                if operation.programmes & programmes[version]
            }
    return statuses
