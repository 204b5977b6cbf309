"""The only way out: everything that a run asks a server goes through `Client`."""

from lead_provider_conformance.http.answer import Answer
from lead_provider_conformance.http.client import Client, Credential, UnintendedRequestError
from lead_provider_conformance.http.ended import OutOfTimeError, RunEndedError, TargetLostError, TimeLimit
from lead_provider_conformance.http.members import Members, MissingFromAnswer, Readings, as_listed
from lead_provider_conformance.http.redaction import Redactor
from lead_provider_conformance.http.transport import NoAnswer, Transport

__all__ = [
    "Answer",
    "Client",
    "Credential",
    "Members",
    "MissingFromAnswer",
    "NoAnswer",
    "OutOfTimeError",
    "Readings",
    "Redactor",
    "RunEndedError",
    "TargetLostError",
    "TimeLimit",
    "Transport",
    "UnintendedRequestError",
    "as_listed",
]
