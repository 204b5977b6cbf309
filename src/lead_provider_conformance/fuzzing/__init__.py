"""Requests made from the contract, compiled once and replayed against any target."""

from lead_provider_conformance.fuzzing.case import Case, Expected, Sender
from lead_provider_conformance.fuzzing.corpus import Corpus, corpus_of

__all__ = ["Case", "Corpus", "Expected", "Sender", "corpus_of"]
