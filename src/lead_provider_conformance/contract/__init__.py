"""The contract: load the documents of `openapi/`, and validate requests and responses against them."""

from lead_provider_conformance.contract.contract import Contract, UnknownOperationError, versions
from lead_provider_conformance.contract.operation import Operation
from lead_provider_conformance.contract.source import ContractError
from lead_provider_conformance.contract.violation import Violation

__all__ = ["Contract", "ContractError", "Operation", "UnknownOperationError", "Violation", "versions"]
