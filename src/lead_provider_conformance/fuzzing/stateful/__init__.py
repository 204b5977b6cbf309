"""Sequences of calls about one participant, held against a small model of what must be true after any of them."""

from lead_provider_conformance.fuzzing.stateful.journey import Journey, journeys
from lead_provider_conformance.fuzzing.stateful.walk import Walk, walked

__all__ = ["Journey", "Walk", "journeys", "walked"]
