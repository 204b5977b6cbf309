"""Variants that send changes wrongly, or handle lost and refused ones wrongly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sync import Api, Client, GoneError, Json, LeaveError, NoResultError, RefusedError, StopError, instant
from variants import variant

DECLARATIONS = "participant-declarations"
NEW_EVIDENCE = "materials-engaged-with-offline"


class ChangedDeclarations(Api):
    """A base of variants that change the attributes of declarations."""

    def send(self, method: str, path: str, *, params: Json | None = None, body: Json | None = None) -> Any:
        if method == "POST" and path == DECLARATIONS and body:
            data = body["data"]
            body = {"data": {**data, "attributes": self.changed(dict(data["attributes"]))}}
        return super().send(method, path, params=params, body=body)

    def changed(self, attributes: Json) -> Json:
        """Return the attributes to send."""
        raise NotImplementedError


class ChangedCopies(ChangedDeclarations):
    """A base of variants that change a declaration when they send it again."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sent: list[Json] = []

    def changed(self, attributes: Json) -> Json:
        """Return the attributes at first, and other ones for a copy."""
        if attributes in self.sent:
            return self.other(attributes)
        self.sent.append(attributes)
        return attributes

    def other(self, attributes: Json) -> Json:
        """Return the attributes of a copy."""
        raise NotImplementedError


@variant("new-date-on-retry")
class NewDateOnRetry(ChangedCopies):
    """Repeat a lost declaration with the next day."""

    def other(self, attributes: Json) -> Json:
        date = datetime.fromisoformat(attributes["declaration_date"]) + timedelta(days=1)
        return {**attributes, "declaration_date": instant(date)}


@variant("new-evidence-on-retry")
class NewEvidenceOnRetry(ChangedCopies):
    """Repeat a lost declaration with other evidence."""

    def other(self, attributes: Json) -> Json:
        is_other = attributes.get("evidence_held") == "other"
        return {**attributes, "evidence_held": "self-study-material-completed" if is_other else "other"}


@variant("gives-up-lost-declaration")
class GivesUpLostDeclaration(Api):
    """Drop a declaration without a response."""

    def write(self, request: str, body: Json | None, find: Callable[[], Json | None], *, idempotent: bool) -> Json:
        if not idempotent:
            return super().write(request, body, find, idempotent=idempotent)
        try:
            record: Json = self.result(self.send("POST", DECLARATIONS, body=body))["data"]
        except NoResultError as error:
            raise LeaveError("dropped") from error
        return record


@variant("voids-duplicate")
class VoidsDuplicate(Api):
    """Void a declaration whose copy was refused as a duplicate, and declare again."""

    def write(self, request: str, body: Json | None, find: Callable[[], Json | None], *, idempotent: bool) -> Json:
        if not idempotent:
            return super().write(request, body, find, idempotent=idempotent)
        try:
            return super().write(request, body, lambda: None, idempotent=True)
        except RefusedError:
            found = find()
            if found is None:
                raise
        super().write(f"PUT {DECLARATIONS}/{found['id']}/void", None, lambda: None, idempotent=False)
        return super().write(request, body, find, idempotent=True)


@variant("resends-422")
class Resends422(Api):
    """Repeat a refused request unchanged, once."""

    def write(self, request: str, body: Json | None, find: Callable[[], Json | None], *, idempotent: bool) -> Json:
        try:
            return super().write(request, body, find, idempotent=idempotent)
        except RefusedError:
            return super().write(request, body, find, idempotent=idempotent)


@variant("accepts-after-rival")
class AcceptsAfterRival(Resends422):
    """Repeat an acceptance that was refused."""

    def write(self, request: str, body: Json | None, find: Callable[[], Json | None], *, idempotent: bool) -> Json:
        own = super() if request.endswith("/accept") else super(Resends422, self)
        return own.write(request, body, find, idempotent=idempotent)


@variant("stops-batch-at-422")
class StopsBatchAt422(Client):
    """Stop at the first refused change, and drop the other tasks."""

    def change(self, *arguments: Any, **options: Any) -> str:
        try:
            return super().change(*arguments, **options)
        except GoneError:
            raise
        except RefusedError as error:
            self.state["tasks"] = []
            raise StopError(str(error)) from error


@variant("mentor-as-ect")
class MentorAsEct(ChangedDeclarations):
    """Declare for a mentor on the course of early career teachers."""

    def changed(self, attributes: Json) -> Json:
        course = attributes["course_identifier"].replace("ecf-mentor", "ecf-induction")
        return {**attributes, "course_identifier": course}


@variant("date-outside-window")
class DateOutsideWindow(ChangedDeclarations):
    """Declare for a day three years before."""

    def changed(self, attributes: Json) -> Json:
        date = datetime.fromisoformat(attributes["declaration_date"]) - timedelta(days=3 * 365)
        return {**attributes, "declaration_date": instant(date)}


@variant("date-in-future")
class DateInFuture(ChangedDeclarations):
    """Declare for a day to come."""

    def changed(self, attributes: Json) -> Json:
        return {**attributes, "declaration_date": instant(self.now() + timedelta(days=30))}


@variant("sends-unchanged")
class SendsUnchanged(Client):
    """Send each change twice."""

    def change(self, request: str, kind: str, body: tuple[str, Json] | None, *arguments: Any, **options: Any) -> str:
        record_id = super().change(request, kind, body, *arguments, **options)
        method, path = request.split(" ")
        document = {"data": {"type": body[0], "attributes": body[1]}} if body else None
        self.api.send(method, path, body=document)
        return record_id
