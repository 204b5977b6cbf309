"""The only way out: everything that a run asks a server goes through `Client`."""

from lead_provider_conformance.http.client import Client, Credential, UnintendedRequestError
from lead_provider_conformance.http.errors import OutOfTimeError, RunEndedError, TargetLostError, TimeLimit
from lead_provider_conformance.http.members import IncompleteResponse, Members, Readings, as_listed
from lead_provider_conformance.http.redaction import Redactor
from lead_provider_conformance.http.response import Response
from lead_provider_conformance.http.transport import NoResponse, Transport

__all__ = [
    "Client",
    "Credential",
    "IncompleteResponse",
    "Members",
    "NoResponse",
    "OutOfTimeError",
    "Readings",
    "Redactor",
    "Response",
    "RunEndedError",
    "TargetLostError",
    "TimeLimit",
    "Transport",
    "UnintendedRequestError",
    "as_listed",
]
