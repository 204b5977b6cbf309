"""Variants that do tasks which cannot be right, or act without a task."""

from __future__ import annotations

from typing import Any, Literal

from bad_changes import NEW_EVIDENCE
from sync import Client, Json, LeaveError, RefusedError, milestones, window
from variants import variant

Declared = dict[str, tuple[str, Json]]


class Careless(Client):
    """A base of variants that skip one check of a declaration: `skipped`."""

    skipped: str

    def problems(self, task: Json, enrolment: Json, declared: Declared) -> dict[str, str | Literal[False]]:
        return {**super().problems(task, enrolment, declared), self.skipped: False}


@variant("keeps-retired-id")
class KeepsRetiredId(Client):
    """Use a participant's retired id, and never the new one."""

    def changed_ids(self) -> dict[str, str]:
        return {}

    def training(self, task: Json) -> tuple[str, str, Json]:
        person_id, course, enrolment = super().training(task)
        changes = self.records("participants")[person_id]["participant_id_changes"]
        return (changes[0]["from_participant_id"] if changes else person_id), course, enrolment


@variant("matches-by-name")
class MatchesByName(Client):
    """Find participants by their names; of two with one name, take the wrong one."""

    def training(self, task: Json) -> tuple[str, str, Json]:
        for person_id, person in self.records("participants").items():
            if person["full_name"] == task["full_name"] and person_id != task["participant_id"]:
                return super().training({**task, "participant_id": person_id})
        return super().training(task)


@variant("new-evidence-for-old-cohort")
class NewEvidenceForOldCohort(Client):
    """Send evidence of cohort 2025 for earlier cohorts."""

    def post_declaration(self, task: Json, person_id: str, enrolment: Json) -> None:
        evidence = {"evidence": NEW_EVIDENCE} if enrolment["cohort"] < "2025" else {}
        super().post_declaration({**task, **evidence}, person_id, enrolment)


@variant("retained-before-started")
class RetainedBeforeStarted(Careless):
    """Declare retained-1 before a participant has started, once in each run."""

    skipped = "order"
    hasty = False

    def declare(self, task: Json) -> None:
        if task["declaration_type"] == "started" and not self.hasty:
            _, course, enrolment = self.training(task)
            schedule, cohort = enrolment["schedule_identifier"], enrolment["cohort"]
            if "retained-1" in milestones(schedule, cohort, course):
                self.hasty = True
                day = max(window(schedule, cohort, "retained-1")[0], task["on"])
                super().declare({**task, "declaration_type": "retained-1", "on": day, "evidence": "other"})
        super().declare(task)


@variant("declares-deferred")
class DeclaresDeferred(Careless):
    """Declare for deferred participants."""

    skipped = "deferred"


@variant("declares-after-withdrawal")
class DeclaresAfterWithdrawal(Careless):
    """Declare for days after the withdrawal."""

    skipped = "withdrawn"

    def post_declaration(self, task: Json, person_id: str, enrolment: Json) -> None:
        """Declare for today if the participant has been withdrawn."""
        today = {"on": self.today()} if enrolment["training_status"] == "withdrawn" else {}
        super().post_declaration({**task, **today}, person_id, enrolment)


@variant("withdraws-not-started")
class WithdrawsNotStarted(Client):
    """Withdraw participants who have not started."""

    def withdraw(self, task: Json) -> None:
        if self.training(task)[2]["training_status"] != "withdrawn":
            self.report(task, "withdraw", "withdrawn", reason=task["reason"])


class ActsByItself(Client):
    """A base of variants that make changes of their own before the tasks. A refused one is dropped."""

    def do_tasks(self) -> bool:
        done = self.state.setdefault("by-itself", [])
        for task in self.own_tasks():
            if task["id"] not in done:
                done.append(task["id"])
                self.try_one(task)
        return super().do_tasks()

    def own_tasks(self) -> list[Json]:
        """Return tasks that the client invents."""
        raise NotImplementedError

    def one(self, task: Json) -> None:
        """Do such a task."""
        raise NotImplementedError

    def try_one(self, task: Json) -> None:
        """Do such a task; drop it if it is refused."""
        try:
            self.one(task)
        except (LeaveError, RefusedError):
            return


@variant("withdraws-leaving")
class WithdrawsLeaving(ActsByItself):
    """Withdraw participants whom their schools report as leaving."""

    def own_tasks(self) -> list[Json]:
        return [
            {"id": person_id, "participant_id": person_id, "course_identifier": "ecf-induction", "on": self.today()}
            for person_id, person in self.records("participants").items()
            for each in person["ecf_enrolments"]
            if (each["participant_status"], each["training_status"]) == ("leaving", "active")
        ]

    def one(self, task: Json) -> None:
        self.report(task, "withdraw", "withdrawn", reason="moved-school")


@variant("voids-transferred")
class VoidsTransferred(ActsByItself):
    """Void the declarations of other providers."""

    def own_tasks(self) -> list[Json]:
        return [
            {"id": each, "state": declaration["state"]}
            for each, declaration in self.records("declarations").items()
            if not self.is_own(each)
        ]

    def one(self, task: Json) -> None:
        self.change(f"PUT participant-declarations/{task['id']}/void", "declarations", None, lambda: None)


@variant("voids-submitted")
class VoidsSubmitted(ActsByItself):
    """Void an own declaration that stays submitted, and declare again."""

    def own_tasks(self) -> list[Json]:
        declarations = self.records("declarations")
        return [
            {"id": each, **declarations[each]}
            for each in self.state["own"]
            if declarations.get(each, {}).get("state") == "submitted"
        ]

    def one(self, task: Json) -> None:
        self.void(task["id"])
        again = {"on": task["declaration_date"], "evidence": task["evidence_held"]}
        person_id, _, enrolment = self.training(task)
        self.post_declaration({**task, **again}, person_id, enrolment)


@variant("funds-ineligible")
class FundsIneligible(Client):
    """Ask for a funded place for every applicant."""

    def change(self, request: str, kind: str, body: tuple[str, Json] | None, *arguments: Any, **options: Any) -> str:
        if body and body[0] == "npq-application-accept":
            body = body[0], {"funded_place": True}
        return super().change(request, kind, body, *arguments, **options)


@variant("funded-place-after-declaring")
class FundedPlaceAfterDeclaring(Client):
    """Change the funded place of a participant who was declared."""

    def post_declaration(self, task: Json, person_id: str, enrolment: Json) -> None:
        super().post_declaration(task, person_id, enrolment)
        place = {"funded_place": not enrolment["funded_place"]}
        body = {"data": {"type": "npq-application-change-funded-place", "attributes": place}}
        path = f"npq-applications/{enrolment['npq_application_id']}/change-funded-place"
        self.api.send("PUT", path, body=body)


@variant("ignores-tasks")
class IgnoresTasks(Client):
    """Read every list, and leave all tasks undone."""

    def do_tasks(self) -> bool:
        return True
