"""The only way out: everything that a run asks a server goes through `Client`."""

from lead_provider_conformance.http.answer import Answer, MissingFromAnswer
from lead_provider_conformance.http.client import Client, Credential, TargetLostError, UnintendedRequestError
from lead_provider_conformance.http.redaction import Redactor
from lead_provider_conformance.http.transport import NoAnswer, Transport

__all__ = [
    "Answer",
    "Client",
    "Credential",
    "MissingFromAnswer",
    "NoAnswer",
    "Redactor",
    "TargetLostError",
    "Transport",
    "UnintendedRequestError",
]
