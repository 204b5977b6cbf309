"""Test data: named states, and the suppliers of records in them."""

from lead_provider_conformance.testdata.catalogue import CATALOGUE
from lead_provider_conformance.testdata.states import States

__all__ = ["CATALOGUE", "States"]
