"""The errors of exchanges: no response, an unusable one, or a request that must not be sent."""

from __future__ import annotations

from lead_provider_conformance.model import Cause, RunEndedError
from lead_provider_conformance.text import visible


class NoResponse(AssertionError):  # noqa: N818 - the server's failure, not an error of the suite
    """Raised if the server gives no complete response within the limits."""

    def __init__(self, reason: str) -> None:
        super().__init__(visible(reason))


class IncompleteResponse(AssertionError):  # noqa: N818 - the server's failure, not an error of the suite
    """Raised if a response lacks a value that a test needs, or has an unusable one.

    `cause` is the field, and `exchange` the id of the exchange, if known.
    """

    def __init__(self, reason: str, cause: Cause | None = None, exchange: str | None = None) -> None:
        super().__init__(visible(reason))
        self.cause = cause
        self.exchange = exchange


class UnintendedRequestError(Exception):
    """Raised if the suite is about to send a request that breaks the contract without saying so."""


class TargetLostError(RunEndedError):
    """Raised if the server has stopped answering for good."""

    remedy = "Find out why the server stopped; then run again."


class TokenRefusedError(TargetLostError):
    """Raised if the server refuses a token that it has accepted before, as when it has expired."""

    remedy = "Get a new token; then run again."
