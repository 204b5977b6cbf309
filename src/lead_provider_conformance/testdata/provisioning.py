"""The target's own provisioning: makes records in named states, and does what participants do outside the API.

`docs/provisioning.md` defines the calls.
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
from lead_provider_conformance.http.client import JSON, USER_AGENT
from lead_provider_conformance.model import CouldNotRun, Safety


class Hook:
    """One target's provisioning. Every call raises CouldNotRun if it is refused, or gets no answer."""

    def __init__(self, target: Target, provisioning: Provisioning) -> None:
        self._provisioning = provisioning
        # It is no part of the API: neither the tokens nor the target's headers are sent there.
        self._transport = Transport(replace(target, base_url=provisioning.url, headers={}, safety=Safety.SANDBOX))

    @cached_property
    def states(self) -> frozenset[str]:
        """The states that it is to be asked for, of those that it offers."""
        content = self._ask("GET", "/provisioning").get("states")
        offered = (
            frozenset(each for each in content if isinstance(each, str)) if isinstance(content, list) else frozenset()
        )
        return offered if self._provisioning.states is None else offered.intersection(self._provisioning.states)

    def make(self, state: str) -> str:
        """Make a record in a state for the provider under test, and give the id that the API shows it by."""
        made = self._ask("POST", "/provisioning/records", {"state": state, "lead_provider": 1})
        record = made.get("application_id" if state.startswith("application.") else "participant_id")
        if not isinstance(record, str):
            raise CouldNotRun(
                f"The target's provisioning made a record in {state} without saying which: {made}.",
                "See docs/provisioning.md for what it has to answer.",
            )
        return record

    def finish_registration(self, participant_id: str, details: Mapping[str, Any]) -> None:
        """Do what a participant does to finish registering."""
        self._ask("POST", f"/provisioning/registrations/{participant_id}", details)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        headers = {"User-Agent": USER_AGENT, "Accept": JSON, "Content-Type": JSON}
        where = f"{method} {self._provisioning.url}{path}"
        remedy = "Mend the target's provisioning, or take `provisioning` out of the target file."
        try:
            response = self._transport.send(method, path, headers, None if body is None else json.dumps(body).encode())
            content = parse_json(response.body)
        except NoResponse as error:
            raise CouldNotRun(f"The target's provisioning does not answer {where}: {error}.", remedy) from None
        except NotJsonError:
            raise CouldNotRun(
                f"The target's provisioning answers {where} with something that is not JSON.", remedy
            ) from None
        if not 200 <= response.status < 300 or not isinstance(content, dict):
            raise CouldNotRun(f"The target's provisioning refuses {where} with {response.status}: {content}.", remedy)
        return content
