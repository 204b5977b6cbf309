"""Call the API as a lead provider: one method per operation. Each returns the server's response unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from lead_provider_conformance.api.records import Application, Declaration, NpqOutcome, Participant, identity
from lead_provider_conformance.http import Client, Credential, Response
from lead_provider_conformance.http.at_once import send_together
from lead_provider_conformance.http.client import Draft
from lead_provider_conformance.model import CouldNotRun

PAGE_SIZE = 500
PAGE_SIZE_STEP = 50
"""A server with a page size of its own uses a multiple of this."""
MAX_PAGES = 40
MAX_RECORDS = MAX_PAGES * PAGE_SIZE


def format_time(instant: datetime) -> str:
    """Format an instant as the API does."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def page_query(number: int, page: int = 1) -> list[tuple[str, str]]:
    """Return the query for one page of a list."""
    return [("page[page]", str(page)), ("page[per_page]", str(number))]


class Api:
    """The API of one version, called with one credential."""

    def __init__(self, client: Client, credential: Credential, send: Callable[..., Any] | None = None) -> None:
        """Call the API with a credential; `send` replaces the client's own method."""
        self.client = client
        self.credential = credential
        self._send = send or client.send
        self.version = client.scope.version
        self.programme = client.scope.programme

    def path(self, *segments: str) -> str:
        """Return a path of this version."""
        return "/".join(("/api", self.version, *segments))

    def list_path(self, name: str) -> str:
        """Return the path of a list such as `ecf_schools`. Raise UnknownOperationError if the contract lacks it."""
        return self.client.contract.operation(f"list_{name}").path

    @property
    def participants(self) -> str:
        """The path of the participants of the programme."""
        return self.list_path(f"{self.programme}_participants")

    @property
    def applications(self) -> str:
        """The path of the applications."""
        return self.list_path("npq_applications")

    @property
    def declarations(self) -> str:
        """The path of the declarations."""
        return self.list_path("participant_declarations")

    @property
    def partnerships(self) -> str:
        """The path of the partnerships."""
        return self.list_path("ecf_partnerships")

    def send(self, method: str, path: str, **options: Any) -> Response:
        """Send any request with this credential; see `Client.send`."""
        response: Response = self._send(method, path, credential=self.credential, **options)
        return response

    def at_once(self, *calls: Callable[[Api], Response]) -> list[Response]:
        """Send the requests of several calls at the same time, and return the responses in the order of the calls.

        Each call sends one request with the API that it is given. See `send_together`.
        """
        drafts: list[Draft] = []
        drafting = Api(
            self.client, self.credential, lambda *args, **options: drafts.append(self.client.draft(*args, **options))
        )
        for call in calls:
            call(drafting)
        return send_together(self.client, drafts)

    def with_credential(self, credential: Credential) -> Api:
        """Return the same API with another credential. Exchanges still belong to the same test."""
        return Api(self.client, credential)

    # Participants

    @property
    def participant_paths(self) -> list[str]:
        """The paths before the id of a participant in an action; version 1 has an old one for ECF as well."""
        has_old_path = self.version == "v1" and self.programme == "ecf"
        return [self.participants, *([self.path("participants")] if has_old_path else [])]

    def list_participants(self, *query: tuple[str, str], deliberate: str | None = None) -> Response:
        """GET participants/{programme}."""
        return self.send("GET", self.participants, query=query, deliberate=deliberate)

    def show_participant(self, participant_id: str, deliberate: str | None = None) -> Response:
        """GET participants/{programme}/{id}."""
        return self.send("GET", f"{self.participants}/{participant_id}", deliberate=deliberate)

    def participant(self, participant: Participant) -> Participant:
        """Return the participant as the server shows them now. Raise IncompleteResponse if it does not."""
        return participant.in_response(self.show_participant(participant.id))

    def defer(self, participant: Participant, *, reason: str = "career-break") -> Response:
        """PUT participants/{programme}/{id}/defer."""
        return self.put_action(participant, "defer", {"reason": reason, "course_identifier": participant.course})

    def resume(self, participant: Participant) -> Response:
        """PUT participants/{programme}/{id}/resume."""
        return self.put_action(participant, "resume", {"course_identifier": participant.course})

    def withdraw(self, participant: Participant, *, reason: str = "other") -> Response:
        """PUT participants/{programme}/{id}/withdraw."""
        return self.put_action(participant, "withdraw", {"reason": reason, "course_identifier": participant.course})

    def change_schedule(self, participant: Participant, schedule: str, *, cohort: str | None = None) -> Response:
        """PUT participants/{programme}/{id}/change-schedule; without `cohort`, the cohort does not change."""
        attributes = {"schedule_identifier": schedule, "course_identifier": participant.course}
        return self.put_action(participant, "change-schedule", attributes | ({"cohort": cohort} if cohort else {}))

    def put_action(
        self, participant: Participant, action: str, attributes: Mapping[str, Any], deliberate: str | None = None
    ) -> Response:
        """PUT participants/{programme}/{id}/{action} with these attributes."""
        body = {"data": {"type": f"participant-{action}", "attributes": dict(attributes)}}
        return self.send("PUT", f"{self.participants}/{participant.id}/{action}", body=body, deliberate=deliberate)

    # NPQ applications

    def application(self, application_id: str) -> Application:
        """Return the application as the server shows it now. Raise IncompleteResponse if it does not."""
        return Application.of(self.send("GET", f"{self.applications}/{application_id}").resource)

    def accept(
        self, application: Application, attributes: Mapping[str, Any] | None = None, deliberate: str | None = None
    ) -> Response:
        """POST npq-applications/{id}/accept, with a body only if there are attributes, such as funded_place."""
        body = attributes and {"data": {"type": "npq-application-accept", "attributes": dict(attributes)}}
        return self.send("POST", f"{self.applications}/{application.id}/accept", body=body, deliberate=deliberate)

    def reject(self, application: Application) -> Response:
        """POST npq-applications/{id}/reject."""
        return self.send("POST", f"{self.applications}/{application.id}/reject")

    def change_funded_place(
        self, application: Application, attributes: Mapping[str, Any], deliberate: str | None = None
    ) -> Response:
        """PUT npq-applications/{id}/change-funded-place with these attributes."""
        body = {"data": {"type": "npq-application-change-funded-place", "attributes": dict(attributes)}}
        path = f"{self.applications}/{application.id}/change-funded-place"
        return self.send("PUT", path, body=body, deliberate=deliberate)

    # NPQ outcomes

    def list_outcomes_of(self, participant_id: str) -> Response:
        """GET participants/npq/{participant_id}/outcomes."""
        return self.send("GET", f"{self.participants}/{participant_id}/outcomes")

    def outcomes_of(self, participant: Participant) -> tuple[NpqOutcome, ...]:
        """Return every outcome of a participant, in the order of the list."""
        return tuple(NpqOutcome.of(each) for each in self.list_outcomes_of(participant.id).resources)

    def report_outcome(
        self, participant: Participant, attributes: Mapping[str, Any], deliberate: str | None = None
    ) -> Response:
        """POST participants/npq/{participant_id}/outcomes with these attributes."""
        body = {"data": {"type": "npq-outcome-confirmation", "attributes": dict(attributes)}}
        return self.send("POST", f"{self.participants}/{participant.id}/outcomes", body=body, deliberate=deliberate)

    # Declarations

    def list_declarations(self, *query: tuple[str, str], deliberate: str | None = None) -> Response:
        """GET participant-declarations."""
        return self.send("GET", self.declarations, query=query, deliberate=deliberate)

    def show_declaration(self, declaration_id: str, deliberate: str | None = None) -> Response:
        """GET participant-declarations/{id}."""
        return self.send("GET", f"{self.declarations}/{declaration_id}", deliberate=deliberate)

    def declaration(self, declaration_id: str) -> Declaration:
        """Return the declaration as the server shows it now. Raise IncompleteResponse if it does not."""
        return Declaration.of(self.show_declaration(declaration_id).resource)

    def declarations_about(self, participant: Participant) -> tuple[Declaration, ...]:
        """Return every declaration about a participant that the provider can see, of all pages."""
        listed = self.paginate(self.declarations, ("filter[participant_id]", participant.id))
        return tuple(map(Declaration.of, listed))

    def declare(self, attributes: Mapping[str, Any], deliberate: str | None = None) -> Response:
        """POST participant-declarations with these attributes."""
        body = {"data": {"type": "participant-declaration", "attributes": dict(attributes)}}
        return self.send("POST", self.declarations, body=body, deliberate=deliberate)

    def void(self, declaration_id: str, deliberate: str | None = None) -> Response:
        """PUT participant-declarations/{id}/void."""
        return self.send("PUT", f"{self.declarations}/{declaration_id}/void", deliberate=deliberate)

    def change_delivery_partner(
        self, declaration_id: str, attributes: Mapping[str, Any], deliberate: str | None = None
    ) -> Response:
        """PUT participant-declarations/{id}/change-delivery-partner with these attributes."""
        body = {"data": {"type": "participant-declaration", "attributes": dict(attributes)}}
        path = f"{self.declarations}/{declaration_id}/change-delivery-partner"
        return self.send("PUT", path, body=body, deliberate=deliberate)

    def void_or_skip(self, declaration_id: str) -> None:
        """Void a declaration that the next step cannot have. Raise CouldNotRun if the server does not void it."""
        response = self.void(declaration_id)
        if response.status != 200 or Declaration.of(response.resource).state != "voided":
            raise CouldNotRun(
                f"Voiding the declaration {declaration_id} failed, so the next step could not be tried.",
                "Fix voiding declarations first.",
            )

    # Partnerships

    def show_partnership(self, partnership_id: str) -> Response:
        """GET partnerships/ecf/{id}."""
        return self.send("GET", f"{self.partnerships}/{partnership_id}")

    def confirm_partnership(self, attributes: Mapping[str, Any], deliberate: str | None = None) -> Response:
        """POST partnerships/ecf with these attributes."""
        body = {"data": {"type": self._partnership_type(), "attributes": dict(attributes)}}
        return self.send("POST", self.partnerships, body=body, deliberate=deliberate)

    def change_partnership(
        self, partnership_id: str, attributes: Mapping[str, Any], deliberate: str | None = None
    ) -> Response:
        """PUT partnerships/ecf/{id} with these attributes."""
        body = {"data": {"type": self._partnership_type("-update"), "attributes": dict(attributes)}}
        return self.send("PUT", f"{self.partnerships}/{partnership_id}", body=body, deliberate=deliberate)

    def _partnership_type(self, suffix: str = "") -> str:
        """Return the type of a request. The ECT service, whose paths do not name ECF, has one type for all."""
        return f"ecf-partnership{suffix}" if self.partnerships.endswith("/ecf") else "partnership"

    def paginate(
        self, path: str, *query: tuple[str, str], page_size: int = PAGE_SIZE, max_pages: int = MAX_PAGES
    ) -> Iterator[Mapping[str, Any]]:
        """Iterate over the resources of a list, page by page, without duplicates.

        Stop at the end of the list, after `max_pages` or MAX_RECORDS, or at the first page with nothing new. So neither
        a server that ignores the page number nor an endless list can hang a run. A server that ignores the page size
        fails the requirement about page sizes only: its lists are still read whole.
        """
        seen: set[str] = set()
        full_page = page_size
        for page in range(1, max_pages + 1):
            resources = self.send("GET", path, query=[*query, *page_query(page_size, page)]).resources
            keys = [identity(resource) for resource in resources]
            new = [resource for resource, key in zip(resources, keys, strict=True) if key not in seen]
            seen.update(keys)
            yield from new
            if page == 1 and len(resources) % PAGE_SIZE_STEP == 0:
                full_page = min(page_size, len(resources))
            if len(resources) < full_page or not new or len(seen) >= MAX_RECORDS:
                return
