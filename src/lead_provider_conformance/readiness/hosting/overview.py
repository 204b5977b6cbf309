"""The operator's overview: which client is ready, which is not, and the requirements that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from lead_provider_conformance.readiness.hosting.sessions import SessionStore

HEAD = ("session", "name", "programme", "edition", "state", "verdict", "requests", "last request", "failed", "missing")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def overview_rows(store: SessionStore) -> Iterator[tuple[Any, ...]]:
    """Yield the head and one row for each session. Lists of requirements have spaces between the ids."""
    yield HEAD
    verdicts = store.verdicts()
    for each in store.all():
        profile = orjson.loads(each.profile)
        verdict, failed, missing = "", "", ""
        if text := verdicts.get(each.id):
            verdict, failed, missing = _summary(orjson.loads(text))
        at = each.last_request_at
        shown = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""
        yield (
            *(each.id, _safe(each.name), profile.get("programme", ""), profile.get("edition", "")),
            *(each.ending or ("paused" if each.paused else "open"), verdict, each.requests, shown, failed, missing),
        )


def _summary(verdict: dict[str, Any]) -> tuple[str, str, str]:
    """Return the verdict in a word, the mandatory requirements that failed, and those that were not shown."""
    words, failed, missing = [], [], []
    for scope in verdict["scopes"]:
        words.append(scope["conformance"])
        for each in scope["requirements"]:
            if each["level"] == "MUST" and each["outcome"] == "failed":
                failed.append(each["id"])
            elif each["level"] == "MUST" and each["outcome"] in ("could-not-run", "suite-error"):
                missing.append(each["id"])
    return ", ".join(words), " ".join(failed), " ".join(missing)


def _safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
