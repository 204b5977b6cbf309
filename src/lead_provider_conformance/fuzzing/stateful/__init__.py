"""Stateful fuzzing: generated sequences of requests about one participant, checked against a model."""

from lead_provider_conformance.fuzzing.stateful.check import JourneyChecker
from lead_provider_conformance.fuzzing.stateful.journey import Journey, journeys
from lead_provider_conformance.fuzzing.stateful.observe import Apis
from lead_provider_conformance.fuzzing.stateful.walk import REQUIREMENTS, UNSEEN

__all__ = ["REQUIREMENTS", "UNSEEN", "Apis", "Journey", "JourneyChecker", "journeys"]
