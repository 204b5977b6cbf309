"""Send requests and receive responses. Every request of a run goes through `Client`."""

from lead_provider_conformance.http.client import Client
from lead_provider_conformance.http.credential import Credential
from lead_provider_conformance.http.errors import (
    IncompleteResponse,
    NoResponse,
    TargetLostError,
    UnintendedRequestError,
)
from lead_provider_conformance.http.redaction import Redactor
from lead_provider_conformance.http.resource import Resource, read_resources
from lead_provider_conformance.http.response import Response
from lead_provider_conformance.http.transport import Transport

__all__ = [
    "Client",
    "Credential",
    "IncompleteResponse",
    "NoResponse",
    "Redactor",
    "Resource",
    "Response",
    "TargetLostError",
    "Transport",
    "UnintendedRequestError",
    "read_resources",
]
