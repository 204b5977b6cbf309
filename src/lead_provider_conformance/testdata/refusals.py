"""Refusals of the suite's own preparation, and the kinds of records that they are remembered for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from lead_provider_conformance.api.records import Application, Declaration, Participant
from lead_provider_conformance.http import Response
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.resources import write_atomically


class PreparationRefusedError(Exception):
    """The server refused a request that prepares a record. The message quotes its response.

    `names_cohort` says that an error of the response is about the cohort, such as one whose contract has ended.
    """

    names_cohort = False

    @classmethod
    def by(cls, response: Response) -> Self:
        """Return the error for a refusal, with its status and the title and detail of each error."""
        words = "; ".join(f"{title}: {detail}" for title, detail in response.errors) or response.excerpt
        error = cls(f"{response.method} {response.path} was refused with {response.status} ({words})")
        error.names_cohort = response.names("cohort")
        return error


def require_success(response: Response) -> Response:
    """Return a successful response. Raise PreparationRefusedError for any other."""
    if not 200 <= response.status < 300:
        raise PreparationRefusedError.by(response)
    return response


def prepared(response: Response) -> Response:
    """Return a successful response to a request that prepares a test.

    Raise CouldNotRun, in the server's words, for any other: other requirements are about that request, or it depends on
    the target's data.
    """
    try:
        return require_success(response)
    except PreparationRefusedError as error:
        raise CouldNotRun(
            f"The server refused to prepare the test: {error}.",
            "Find out why the server refused it, or give the target records for which it does not.",
        ) from None


def assert_not_paid_again(response: Response) -> None:
    """Assert that a second declaration of a milestone is refused, or recorded as ineligible.

    The guidance promises an error for duplicates; its table of states has ineligible for them.
    """
    if response.status == 200:
        state = Declaration.of(response.resource).state
        assert state == "ineligible", f"The response has status 200, and the second declaration is {state}."
    else:
        assert response.status == 422


def kind_of(record: Participant | Application) -> str:
    """Return the values on which most refusals depend: course, cohort and schedule."""
    schedule = f", {record.schedule}" if record.schedule else ""
    return f"{record.course} of {record.cohort_name or 'an unknown cohort'}{schedule}"


class Refusals:
    """The kinds of records for which the server has refused a preparation, shared by the processes of a run."""

    def __init__(self, workspace: Path) -> None:
        self._folder = workspace / "refusals"

    def add(self, preparation: str, kind: str, words: str) -> None:
        """Remember the server's words about a kind of record."""
        key = hashlib.sha256(kind.encode("utf-8", "surrogatepass")).hexdigest()
        write_atomically(self._folder / preparation / f"{key}.json", json.dumps([kind, words]).encode())

    def of(self, preparation: str) -> Mapping[str, str]:
        """Return the server's words by the refused kind."""
        files = sorted((self._folder / preparation).glob("*.json"))
        return dict(json.loads(file.read_bytes()) for file in files)
