"""Requests made from the contract by Schemathesis."""

from lead_provider_conformance.generation.cases import GeneratedCase, generate
from lead_provider_conformance.generation.overlay import overlaid

__all__ = ["GeneratedCase", "generate", "overlaid"]
