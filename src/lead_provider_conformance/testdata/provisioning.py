"""Client of a target's own provisioning: create records in named states, and finish registrations.

`docs/provisioning.md` defines the requests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from lead_provider_conformance.config.target import Provisioning, Target
from lead_provider_conformance.contract.bodies import NotJsonError, parse_json
from lead_provider_conformance.http import NoResponse, Transport
from lead_provider_conformance.http.client import JSON, request_headers
from lead_provider_conformance.http.credential import NO_CREDENTIAL
from lead_provider_conformance.model import CouldNotRun, Safety


class Hook:
    """The provisioning of one target. Every method raises CouldNotRun if a request is refused or gets no response."""

    def __init__(self, target: Target, provisioning: Provisioning) -> None:
        self._target = target
        self._provisioning = provisioning

    @cached_property
    def _transport(self) -> Transport:
        # Provisioning is not part of the API: send neither the target's tokens nor its headers.
        target = replace(self._target, base_url=self._provisioning.url, headers={}, safety=Safety.SANDBOX)
        return Transport(target)

    def creates(self, state: str) -> bool:
        """Return whether the target offers a state and the target file does not exclude it."""
        named = self._provisioning.states
        return (named is None or state in named) and state in self._offered

    @cached_property
    def _offered(self) -> frozenset[str]:
        names = self._send("GET", "/provisioning").get("states")
        return frozenset(each for each in names if isinstance(each, str)) if isinstance(names, list) else frozenset()

    def create(self, state: str) -> str:
        """Create a record in a state for the provider under test, and return its id."""
        content = self._send("POST", "/provisioning/records", {"state": state, "lead_provider": 1})
        record_id = content.get("application_id" if state.startswith("application.") else "participant_id")
        if not isinstance(record_id, str):
            raise CouldNotRun(
                f"The target's provisioning created a record in the state {state} but returned no id: {content}.",
                "Return the fields that docs/provisioning.md defines.",
            )
        return record_id

    def finish_registration(self, participant_id: str, details: Mapping[str, Any]) -> None:
        """Finish a participant's registration."""
        self._send("POST", f"/provisioning/registrations/{participant_id}", details)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        headers = request_headers(NO_CREDENTIAL, content_type=JSON)
        request = f"{method} {self._provisioning.url}{path}"
        remedy = "Fix the target's provisioning, or remove `provisioning` from the target file."
        try:
            response = self._transport.send(method, path, headers, None if body is None else json.dumps(body).encode())
            content = parse_json(response.body)
        except NoResponse as error:
            raise CouldNotRun(f"The target's provisioning does not respond to {request}: {error}.", remedy) from None
        except NotJsonError:
            raise CouldNotRun(f"The target's provisioning responds to {request} without JSON.", remedy) from None
        if not 200 <= response.status < 300 or not isinstance(content, dict):
            raise CouldNotRun(f"The target's provisioning refuses {request} with {response.status}: {content}.", remedy)
        return content
