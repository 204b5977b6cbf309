"""The response to a request that the service cannot process now, with a sentence about the cause."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, PlainTextResponse, Response

from lead_provider_conformance.readiness.hosting.database import is_full
from lead_provider_conformance.readiness.hosting.judging import JudgingError
from lead_provider_conformance.readiness.hosting.log import LostSessionError
from lead_provider_sandbox.control.world import StoreError

UNAVAILABLE = (SQLAlchemyError, LostSessionError, JudgingError)
"""The errors after which a request can be sent again later."""
RETRY_SECONDS = 5
BUSY = "The service is busy with this session. Retry later."
NO_DATABASE = "The service cannot reach its database, so the request was not processed. Retry later."
FULL = "The disk of the service is full, so the request was not processed. Retry later: the operator has to free space."


def unavailable(error: BaseException | None = None, *, as_json: bool = False) -> Response:
    """Return a 503 with a sentence about an error; without one, another process has the session."""
    reason, headers = _reason(error), {"Retry-After": str(RETRY_SECONDS)}
    if as_json:
        return JSONResponse({"error": reason}, 503, headers)
    return PlainTextResponse(f"{reason}\n", 503, headers)


def _reason(error: BaseException | None) -> str:
    cause = error.__cause__ if isinstance(error, LostSessionError | JudgingError) and error.__cause__ else error
    if cause is not None and is_full(cause):
        return FULL
    if isinstance(error, JudgingError):
        return f"The report could not be made now: {error}"
    return NO_DATABASE if isinstance(cause, SQLAlchemyError | StoreError) else BUSY
