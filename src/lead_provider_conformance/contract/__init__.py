"""The contract: `openapi/` loaded, bundled and indexed, and the check of an exchange against it."""

from lead_provider_conformance.contract.contract import Contract, versions
from lead_provider_conformance.contract.errors import ContractError, UnknownOperationError
from lead_provider_conformance.contract.operation import Operation
from lead_provider_conformance.contract.violation import Violation

__all__ = ["Contract", "ContractError", "Operation", "UnknownOperationError", "Violation", "versions"]
