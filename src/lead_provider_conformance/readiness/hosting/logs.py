"""Structured logs: one JSON object a line, without tokens, names and addresses of pages."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

_logger = logging.getLogger("lead_provider_conformance.hosting")


def log_event(event: str, **facts: Any) -> None:
    """Log an event with its facts. Facts are ids, numbers and sentences of this service, never texts of clients."""
    _logger.info(event, extra={"facts": facts})


class JsonFormatter(logging.Formatter):
    """Format a record as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. The message of another library is left out, as it may have texts of clients."""
        own = record.name == _logger.name
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        content: dict[str, Any] = {"at": at, "level": record.levelname.lower()}
        if own:
            content |= {"event": record.getMessage(), **getattr(record, "facts", {})}
        else:
            content |= {"event": "library", "logger": record.name, "line": record.lineno}
            if record.exc_info and record.exc_info[0]:
                content["error"] = record.exc_info[0].__name__
        return json.dumps(content)


def configure() -> None:
    """Write the logs of this process to the standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _logger.setLevel(logging.INFO)
