"""Names of `schemas.sentences` for modules that still import them from here."""

from lead_provider_conformance.schemas.sentences import quote_value, shorten

__all__ = ["quote_value", "shorten"]
