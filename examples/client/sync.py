#!/usr/bin/env python3
"""A client of the Lead Provider API, edition 2026-08: read what changed, then do the tasks of a task file.

One run syncs every list and then works through the tasks. Run it from a scheduler, at another minute each time:

    LEAD_PROVIDER_BASE_URL=https://api.example LEAD_PROVIDER_TOKEN=… LEAD_PROVIDER_PROGRAMME=ecf \
    LEAD_PROVIDER_STATE=./state LEAD_PROVIDER_TASKS=tasks.json python sync.py

The exit status is 0 if everything is done, and 1 if something needs a person: the log says what.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal

import requests

LOG = logging.getLogger("sync")
Json = dict[str, Any]

# --- Configuration

PAGE_SIZE = 100
POLL_INTERVAL = timedelta(hours=1)
"""The usual time between two runs. A poll goes back two of them, because records can appear late."""
FULL_SYNC_INTERVAL = timedelta(days=7)
WAITS = (1, 2, 4)
"""Seconds before each retry of a request without a usable response."""
THROTTLE_WAITS = (1, 2, 4, 8, 16, 32, 60, 60)
"""Seconds before each retry of a 429 without a Retry-After header."""
LONGEST_WAIT = 300


@dataclass(frozen=True)
class List:
    """A list of the API: its path, the filter for changes if it has one, and the filters that it needs."""

    kind: str
    path: str
    since: str | None = "updated_since"
    cohort: str | None = None


SCHOOL_COHORTS = ("2023", "2024", "2025", "2026")
LISTS = {
    "ecf": (
        List("participants", "participants"),
        List("declarations", "participant-declarations"),
        List("transfers", "participants/transfers"),
        List("unfunded-mentors", "unfunded-mentors"),
        List("partnerships", "partnerships"),
        List("statements", "statements"),
        List("delivery-partners", "delivery-partners", since=None),
        *(List("schools", "schools", cohort=cohort) for cohort in SCHOOL_COHORTS),
    ),
    "npq": (
        List("applications", "npq-applications"),
        List("participants", "participants/npq"),
        List("declarations", "participant-declarations"),
        List("outcomes", "participants/npq/outcomes", since="created_since"),
        List("statements", "statements"),
        List("delivery-partners", "delivery-partners", since=None),
    ),
}
NEEDED_BY_TASKS = {"participants", "declarations", "applications"}

# --- The calendar: dates and words from the guidance, which no response holds

CLOSED_COHORTS = ("2021", "2022")
MILESTONES = ("started", "retained-1", "retained-2", "retained-3", "retained-4", "completed")
EXTENSIONS = ("extended-1", "extended-2", "extended-3")
TERMS = ("september", "january", "april")
TERM_DAYS = (("08-01", "12-31"), ("01-01", "03-31"), ("04-01", "07-31"))
"""The days of the terms. To cohort 2024, a standard schedule has one milestone in each term, one after another."""
NPQ_TERMS = {"autumn": 0, "november": 0, "december": 0, "spring": 1, "march": 1, "june": 1}
NPQ_FIRST_DAYS = {"2025": ("2025-08-01", "2025-02-01"), "2026": ("2026-01-01", "2026-01-01")}
"""The first days of autumn and spring schedules, where they are not 1 October and 1 January."""
SPECIALIST = ("teaching", "behaviour-culture", "teaching-development", "literacy", "primary-mathematics")
SUPPORT = {"npq-early-headship-coaching-offer": "npq-ehco", "npq-additional-support-offer": "npq-aso"}
UNCAPPED_COHORTS, UNFUNDED_COHORTS = ("2021a", "2022a", "2023a"), ("2026a",)
TRAINING = ("training-event-attended", "self-study-material-completed", "other")
ENGAGEMENT = ("75-percent-engagement-met", "75-percent-engagement-met-reduced-induction")
MENTORS_ONLY = "mentor-no-longer-being-mentor"
LOST_STATES = ("voided", "ineligible", "awaiting-clawback", "clawed-back", "awaiting_clawback", "clawed_back")
"""The states in which a declaration does not count. It counts in any other, also in one that is not known here."""
COURSES = {"ect": "ecf-induction", "mentor": "ecf-mentor"}


def evidence_words(cohort: str, course: str, milestone: str) -> tuple[str, ...]:
    """Return the words for `evidence_held`; none if the declaration names no evidence."""
    if course not in COURSES.values() or (cohort < "2025" and milestone == "started"):
        return ()
    if cohort < "2025":
        return TRAINING
    if milestone == "completed":
        return (*ENGAGEMENT, "one-term-induction") if course == "ecf-induction" else ENGAGEMENT
    return ENGAGEMENT if milestone == "retained-2" else (*TRAINING, "materials-engaged-with-offline")


def milestones(schedule: str, cohort: str, course: str) -> tuple[str, ...]:
    """Return the declaration types of a schedule, in their order."""
    if course not in COURSES.values():
        return ("started", "retained-1", *(() if "specialist" in schedule else ("retained-2",)), "completed")
    if course == "ecf-mentor":
        return ("started", "completed") if cohort >= "2025" else MILESTONES
    return (*MILESTONES, *EXTENSIONS) if "extended" in schedule else MILESTONES


def window(schedule: str, cohort: str, milestone: str) -> tuple[str, str]:
    """Return the first and the last day of a milestone; all days if the schedule is not known here."""
    kind, _, term = schedule.rpartition("-")
    year, last = int(cohort), "9999-12-31"
    spring = (f"{year + 1}-01-01", f"{year + 1}-04-01")
    if term in NPQ_TERMS:
        return NPQ_FIRST_DAYS.get(cohort, (f"{year}-10-01", spring[0]))[NPQ_TERMS[term]], last
    if term not in TERMS:
        return "", last
    if kind != "ecf-standard" or cohort >= "2025":
        return (f"{year}-{'06' if kind == 'ecf-standard' else '09'}-01", *spring)[TERMS.index(term)], last
    number = TERMS.index(term) + MILESTONES.index(milestone)
    first, last = TERM_DAYS[number % 3]
    year += (number + 2) // 3
    return f"{year}-{first if number else '06-01'}", f"{year}-{last}"


def is_in_window(day: str, schedule: str, cohort: str, course: str, milestone: str) -> bool:
    """Return whether a schedule has a milestone on a day."""
    if milestone not in milestones(schedule, cohort, course):
        return False
    first, last = window(schedule, cohort, milestone)
    return first <= day <= last


def needs_outcome(course: str, milestone: str) -> bool:
    """Return whether a declaration says if the participant passed."""
    return milestone == "completed" and course not in (*COURSES.values(), *SUPPORT)


def fits_course(schedule: str, course: str) -> bool:
    """Return whether participants of a course can have a schedule."""
    if course in COURSES.values():
        return schedule.startswith("ecf") and ("reduced" if course == "ecf-mentor" else "replacement") not in schedule
    specialist = course.removeprefix("npq-leading-") in SPECIALIST
    return schedule.startswith(SUPPORT.get(course, "npq-specialist" if specialist else "npq-leadership"))


# --- The API


class NoResultError(Exception):
    """There was no usable response: a 5xx, a timeout, a cut connection. A write may have been done or not."""


class RefusedError(Exception):
    """The request was refused for good: sending it again unchanged has no use."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(f"{response.status_code}: {response.text[:2000]}")


class GoneError(RefusedError):
    """There is no record with the id: it may have another id now, which the next sync shows."""


class StopError(Exception):
    """No request has a chance for now: the token is refused, or the service is down."""


class Api:
    """Requests with retries. Safe to use from several threads."""

    def __init__(self, base_url: str, token: str, *, timeout: float, delay: float, connections: int) -> None:
        self.root = f"{base_url.rstrip('/')}/api/v3"
        self.timeout, self.delay = timeout, delay
        self.session = requests.Session()
        self.session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json"})
        self.session.mount(self.root, requests.adapters.HTTPAdapter(pool_maxsize=connections))
        self.lock = threading.Lock()
        self.next_start = 0.0
        self.stopped: StopError | None = None
        self.ahead = timedelta()
        """How far the server's clock is ahead of this machine's, from the last Date header."""

    def now(self) -> datetime:
        """Return the server's time."""
        return datetime.now(UTC) + self.ahead

    def get(self, path: str, params: Json | None = None) -> Any:
        """Return the document of a GET. Retry while there is no usable response."""
        for wait in (*WAITS, None):
            try:
                return self.result(self.send("GET", path, params=params))
            except NoResultError:
                if wait is None:
                    raise
                time.sleep(wait)
        return None

    def pages(self, path: str, filters: Json) -> Iterator[list[Json]]:
        """Yield the records of each page, up to a page that is not full."""
        for number in itertools.count(1):
            records = self.get(path, {**filters, "page[page]": number, "page[per_page]": PAGE_SIZE})["data"]
            yield records
            if len(records) < PAGE_SIZE:
                return

    def walk(self, path: str, filters: Json) -> dict[str, Json]:
        """Return the attributes of every record of a list by id. A record on two pages is one record."""
        return {each["id"]: each["attributes"] for page in self.pages(path, filters) for each in page}

    def write(self, request: str, body: Json | None, find: Callable[[], Json | None], *, idempotent: bool) -> Json:
        """Return the record after a change. Without a usable response, the change may have been made or not.

        Then `find` looks for it, and the exact copy is sent only if it is not there. An idempotent request is copied
        at once, and looked up if the copy is refused.
        """
        method, path = request.split(" ")
        unknown = False
        for wait in (*WAITS, None):
            if unknown and not idempotent and (found := find()):
                return found
            try:
                record: Json = self.result(self.send(method, path, body=body))["data"]
                return record
            except RefusedError:
                if unknown and (found := find()):
                    return found
                raise
            except NoResultError:
                if wait is None:
                    raise
                unknown = True
                time.sleep(wait)
        raise NoResultError

    def result(self, response: requests.Response) -> Json:
        """Return the document of a 2xx response, and raise an error for any other."""
        status = response.status_code
        if status in (401, 503):
            self.stopped = StopError("the token is refused" if status == 401 else "the service is down")
            raise self.stopped
        if 400 <= status < 500 and status != 429:
            raise GoneError(response) if status in (404, 410) else RefusedError(response)
        try:
            document = response.json()
        except requests.JSONDecodeError:
            document = None
        if not response.ok or not isinstance(document, dict) or "data" not in document:
            raise NoResultError(f"status {status}")
        return document

    def send(self, method: str, path: str, *, params: Json | None = None, body: Json | None = None) -> Any:
        """Return the response to a request. While the service throttles, wait and send it again."""
        for wait in (*THROTTLE_WAITS, None):
            self.take_turn()
            try:
                response = self.session.request(
                    method, f"{self.root}/{path}", params=params, json=body, timeout=self.timeout, allow_redirects=False
                )
            except requests.RequestException as error:
                LOG.warning("%s %s: no response: %s", method, path, type(error).__name__)
                raise NoResultError(str(error)) from error
            LOG.info("%s %s: %s %s", method, path, response.status_code, response.headers.get("X-Request-Id", ""))
            self.read_clock(response)
            if response.status_code != 429 or wait is None:
                break
            self.pause(self.retry_after(response) or wait)
        return response

    def take_turn(self) -> None:
        """Wait until the next request may start: all of them start at least `delay` seconds apart."""
        while True:
            if self.stopped:
                raise self.stopped
            with self.lock:
                wait = self.next_start - time.monotonic()
                if wait <= 0:
                    self.next_start = time.monotonic() + self.delay
                    return
            time.sleep(wait)

    def pause(self, seconds: float) -> None:
        """Let no request start for some seconds."""
        with self.lock:
            self.next_start = max(self.next_start, time.monotonic() + min(seconds, LONGEST_WAIT))

    def retry_after(self, response: requests.Response) -> float | None:
        """Return the seconds of the Retry-After header, if there is one."""
        text = response.headers.get("Retry-After", "")
        if text.isdigit():
            return float(text)
        moment = http_date(text)
        return max(1.0, (moment - self.now()).total_seconds()) if moment else None

    def read_clock(self, response: requests.Response) -> None:
        """Take the server's time from a response."""
        if moment := http_date(response.headers.get("Date", "")):
            self.ahead = moment - datetime.now(UTC)


def http_date(text: str) -> datetime | None:
    """Return the instant of a header such as Date, or None."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError):
        return None


def instant(moment: datetime) -> str:
    """Return an instant as the API reads it, in UTC: an offset would have to be encoded."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- The client


class LeaveError(Exception):
    """A task is left to a person, with the reason."""


class LaterError(Exception):
    """A task has to wait for a later run, with the reason."""


class Client:
    """A provider's records, and the tasks that change them.

    `state` is kept between two runs. It has the records and watermarks of each list, the tasks that are not done,
    the requests that were refused, and the ids of the declarations made here.
    """

    def __init__(self, api: Api, programme: str, folder: Path, connections: int) -> None:
        self.api, self.programme, self.connections = api, programme, connections
        self.file = folder / "state.json"
        self.state: Json = {"lists": {}, "tasks": [], "seen": [], "refused": [], "own": []}
        if self.file.exists():
            self.state = json.loads(self.file.read_text(encoding="utf-8"))
        self.people = "participants/npq" if programme == "npq" else "participants"

    def save(self) -> None:
        """Write the state, all or nothing."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(self.state), encoding="utf-8")
        fresh.replace(self.file)

    def run(self, tasks: list[Json]) -> bool:
        """Sync, then do the new tasks and those of earlier runs; return whether nothing is left to a person."""
        self.state["tasks"] += [each for each in tasks if each["id"] not in self.state["seen"]]
        self.state["seen"] += [each["id"] for each in tasks]
        synced = self.sync()
        for old_id in self.changed_ids():
            self.records("participants").pop(old_id, None)
        self.save()
        ready = NEEDED_BY_TASKS.isdisjoint(each.kind for each, success in synced.items() if not success)
        return self.do_tasks() and all(synced.values()) if ready else False

    def try_errors(self) -> None:
        """Cause a 404 and a 400 on purpose, once, as DfE asks providers to do before they go live."""
        if not self.file.exists():
            for path, params in ((f"{self.people}/{uuid.uuid4()}", None), (self.people, {"page[page]": 0})):
                try:
                    self.api.get(path, params)
                except RefusedError as error:
                    LOG.info("refused, as expected: %s", error)

    # Sync

    def sync(self) -> dict[List, bool]:
        """Read every list, several at once; return which were read to their end."""
        with ThreadPoolExecutor(self.connections) as pool:
            return dict(zip(LISTS[self.programme], pool.map(self.sync_list, LISTS[self.programme]), strict=True))

    def sync_list(self, each: List) -> bool:
        """Read what changed in a list, or all of it; return whether it was read to its end."""
        known = self.state["lists"].setdefault(self.key(each), {"records": {}, "starts": [], "full": None})
        filters = {"filter[cohort]": each.cohort} if each.cohort else {}
        full = self.is_full_due(known)
        if not full and each.since is None:
            return True
        if not full:
            filters[f"filter[{each.since}]"] = self.watermark(known)
        began = datetime.now(UTC)
        try:
            records = self.api.walk(each.path, filters)
        except (NoResultError, RefusedError) as error:
            LOG.error("%s: not read to the end, the next run starts from the same time: %s", self.key(each), error)
            return False
        start = instant(self.server_time(began))
        known["records"] = records if full else {**known["records"], **records}
        known["starts"] = [*known["starts"], start][-2:]
        known["full"] = start if full else known["full"]
        return True

    def server_time(self, moment: datetime) -> datetime:
        """Return the server's time at a moment of this machine's clock."""
        return moment + self.api.ahead

    def key(self, each: List) -> str:
        """Return the name of a list in the state."""
        return f"{each.kind} {each.cohort}" if each.cohort else each.kind

    def is_full_due(self, known: Json) -> bool:
        """Return whether a list has to be read in full: the first time, and every week."""
        return not known["full"] or self.api.now() - datetime.fromisoformat(known["full"]) >= FULL_SYNC_INTERVAL

    def watermark(self, known: Json) -> str:
        """Return the time to poll from: two polls back, by the server's clock. Only completed polls count."""
        last = datetime.fromisoformat(known["starts"][-1])
        return instant(min(datetime.fromisoformat(known["starts"][0]), last - POLL_INTERVAL))

    def changed_ids(self) -> dict[str, str]:
        """Return the new id of each id that was replaced."""
        changes = [
            each for person in self.records("participants").values() for each in person["participant_id_changes"]
        ]
        return {each["from_participant_id"]: each["to_participant_id"] for each in changes}

    # Records

    def records(self, kind: str, cohort: str | None = None) -> dict[str, Json]:
        """Return the attributes of the records of a kind by id, as last shown."""
        known: dict[str, Json] = self.state["lists"].get(f"{kind} {cohort}" if cohort else kind, {}).get("records", {})
        return known

    def training(self, task: Json) -> tuple[str, str, Json]:
        """Return the participant's id, the course and the enrolment. Names and e-mail addresses are not unique."""
        person_id, course, changes = task["participant_id"], task["course_identifier"], self.changed_ids()
        while person_id in changes:
            person_id = changes[person_id]
        person = self.records("participants").get(person_id)
        enrolment = self.enrolment(person, course) if person and course else None
        if enrolment is None:
            raise LeaveError(f"the participant is not in the list, or not on {course}")
        return person_id, course, enrolment

    def enrolment(self, person: Json, course: str) -> Json | None:
        """Return the latest enrolment of a person on a course."""
        of_course = [
            each
            for each in person[f"{self.programme}_enrolments"] or []
            if course in (each.get("course_identifier"), COURSES.get(each.get("participant_type")))
        ]
        return max(of_course, key=lambda each: each["created_at"] or "", default=None)

    def declared(self, person_id: str, course: str) -> dict[str, tuple[str, Json]]:
        """Return the id and attributes of the declarations that count by type, whoever made them."""
        changes = self.changed_ids()
        return {
            each["declaration_type"]: (declaration_id, each)
            for declaration_id, each in self.records("declarations").items()
            if changes.get(each["participant_id"], each["participant_id"]) == person_id
            and each["course_identifier"] == course
            and each["state"] not in LOST_STATES
        }

    def is_own(self, declaration_id: str) -> bool:
        """Return whether this provider made a declaration: here, or under the name on most declarations."""
        declarations = self.records("declarations")
        names = [each["lead_provider_name"] for each in declarations.values()]
        own_name = max(set(names), key=names.count)
        return declaration_id in self.state["own"] or declarations[declaration_id]["lead_provider_name"] == own_name

    # Tasks

    def do_tasks(self) -> bool:
        """Do every task that can be right; return whether none is left. A refused task does not stop the others."""
        order, clean = {do: number for number, do in enumerate(TASKS)}, True
        for task in sorted(self.state["tasks"], key=lambda each: (order.get(each["do"], 0), each.get("on") or "")):
            try:
                self.do(task)
                LOG.info("%s %s: done", task["id"], task["do"])
            except (LaterError, NoResultError, GoneError) as reason:
                LOG.warning("%s %s: waits for the next run: %s", task["id"], task["do"], reason)
                clean = False
                continue
            except (LeaveError, RefusedError, KeyError) as reason:  # KeyError: a field that the task needs is missing
                LOG.error("%s %s: left to a person: %r", task["id"], task["do"], reason)
                clean = False
            self.state["tasks"].remove(task)
            self.save()
        return clean

    def do(self, task: Json) -> None:
        """Do a task by the method of its kind."""
        if task["do"] not in TASKS:
            raise LeaveError(f"there is no rule for {task['do']}")
        getattr(self, task["do"].replace("-", "_"))(task)

    def change(
        self,
        request: str,
        kind: str,
        body: tuple[str, Json] | None,
        find: Callable[[], Json | None],
        *,
        idempotent: bool = False,
    ) -> str:
        """Send a change such as `PUT participants/…/defer`, keep the record of the kind, and return its id.

        A request that was refused is never sent again unchanged.
        """
        document = {"data": {"type": body[0], "attributes": body[1]}} if body else None
        fingerprint = f"{request} {json.dumps(document, sort_keys=True)}"
        if fingerprint in self.state["refused"]:
            raise LeaveError("the same request was refused before")
        try:
            record = self.api.write(request, document, find, idempotent=idempotent)
        except RefusedError:
            self.state["refused"].append(fingerprint)
            raise
        self.records(kind)[record["id"]] = record["attributes"]
        return str(record["id"])

    def finder(self, path: str, is_done: Callable[[Json], Any]) -> Callable[[], Json | None]:
        """Return a function that reads a record, and returns it if it shows a change."""

        def find() -> Json | None:
            record = self.api.get(path)["data"]
            return record if is_done(record["attributes"]) else None

        return find

    def declare(self, task: Json) -> None:
        """Declare a milestone, once."""
        person_id, course, enrolment = self.training(task)
        declared = self.declared(person_id, course)
        _, existing = declared.get(task["declaration_type"], ("", None))
        if existing is None:
            self.check_declaration(task, enrolment, declared)
            self.post_declaration(task, person_id, enrolment)
        elif existing["declaration_date"][:10] != task["on"][:10]:
            raise LeaveError(f"declared already, for {existing['declaration_date']}")

    def check_declaration(self, task: Json, enrolment: Json, declared: dict[str, tuple[str, Json]]) -> None:
        """Leave a declaration that cannot be right."""
        problems = [each for each in self.problems(task, enrolment, declared).values() if each]
        if problems:
            raise LeaveError("; ".join(problems))

    def problems(
        self, task: Json, enrolment: Json, declared: dict[str, tuple[str, Json]]
    ) -> dict[str, str | Literal[False]]:
        """Return the reasons against a declaration by the enrolment and the other declarations, or False for each."""
        course, milestone, on = task["course_identifier"], task["declaration_type"], task["on"][:10]
        schedule, cohort = enrolment["schedule_identifier"] or "", enrolment["cohort"]
        status, withdrawal = enrolment["training_status"], enrolment["withdrawal"] or {}
        types, words = milestones(schedule, cohort, course), evidence_words(cohort, course, milestone)
        if milestone not in types:
            return {"type": f"{schedule} of cohort {cohort} has no {milestone} for {course}"}
        first, last = window(schedule, cohort, milestone)
        place = types.index(milestone)
        needed = types[:place] if milestone.startswith("retained") else types[: min(place, 1)]
        dates = {each: other["declaration_date"][:10] for each, (_, other) in declared.items() if each in types}
        before = max((date for each, date in dates.items() if types.index(each) < place), default="")
        after = min((date for each, date in dates.items() if types.index(each) > place), default=last)
        return {
            "future": on > self.today() and f"{on} has not come yet",
            "closed": self.programme == "ecf" and cohort in CLOSED_COHORTS and f"cohort {cohort} is closed",
            "deferred": status == "deferred" and "the participant is deferred",
            "withdrawn": status == "withdrawn" and on > withdrawal.get("date", "")[:10] and f"withdrawn: {withdrawal}",
            "window": not first <= on <= last and f"the days of {milestone} are {first} to {last}",
            "order": not dates.keys() >= set(needed) and f"{milestone} comes after {', '.join(needed)}",
            "sequence": not before <= on <= after and f"the dates of other declarations are {before} and {after}",
            "evidence": bool(words) and task.get("evidence") not in words and f"evidence: {', '.join(words)}",
            "outcome": needs_outcome(course, milestone)
            and not isinstance(task.get("has_passed"), bool)
            and "has_passed is not known",
        }

    def post_declaration(self, task: Json, person_id: str, enrolment: Json) -> None:
        """Send a declaration and keep its id."""
        course, milestone = task["course_identifier"], task["declaration_type"]
        attributes = {
            "participant_id": person_id,
            "declaration_type": milestone,
            "declaration_date": task["on"] if "T" in task["on"] else f"{task['on']}T00:00:00Z",
            "course_identifier": course,
        }
        if evidence_words(enrolment["cohort"], course, milestone):
            attributes["evidence_held"] = task["evidence"]
        if needs_outcome(course, milestone):
            attributes["has_passed"] = task["has_passed"]
        if self.programme == "npq" and task.get("delivery_partner_id"):
            attributes["delivery_partner_id"] = task["delivery_partner_id"]

        def find() -> Json | None:
            known = self.api.walk("participant-declarations", {"filter[participant_id]": person_id})
            self.records("declarations").update(known)
            found = self.declared(person_id, course).get(milestone)
            return {"id": found[0], "attributes": found[1]} if found else None

        body = ("participant-declaration", attributes)
        declaration_id = self.change("POST participant-declarations", "declarations", body, find, idempotent=True)
        self.state["own"].append(declaration_id)

    def correct_declaration(self, task: Json) -> None:
        """Void a declaration with a wrong date, and declare again with the right one."""
        person_id, course, enrolment = self.training(task)
        declared = self.declared(person_id, course)
        declaration_id, existing = declared.pop(task["declaration_type"], ("", None))
        if existing and existing["declaration_date"][:10] != task["wrong"][:10]:
            raise LeaveError(f"declared for {existing['declaration_date']}, not for {task['wrong']}")
        if not existing and not self.is_voided(task, person_id):
            raise LeaveError("there is no such declaration")
        self.check_declaration(task, enrolment, declared)
        if existing:
            self.void(declaration_id)
        self.post_declaration(task, person_id, enrolment)

    def is_voided(self, task: Json, person_id: str) -> bool:
        """Return whether the declaration to correct is voided already, such as by a run that was interrupted."""
        wanted = {"participant_id": person_id, "course_identifier": task["course_identifier"], "state": "voided"}
        wanted["declaration_type"] = task["declaration_type"]
        declarations = self.records("declarations").values()
        return any(wanted.items() <= each.items() for each in declarations)

    def void(self, declaration_id: str) -> None:
        """Void an own declaration."""
        if not self.is_own(declaration_id):
            raise LeaveError("another provider made the declaration")
        path = f"participant-declarations/{declaration_id}"
        find = self.finder(path, lambda each: each["state"] in LOST_STATES)
        self.change(f"PUT {path}/void", "declarations", None, find)

    def defer(self, task: Json) -> None:
        """Report a break."""
        person_id, course, enrolment = self.training(task)
        if enrolment["training_status"] == "deferred":
            return
        if enrolment["training_status"] != "active" or enrolment.get("participant_status") in ("joining", "left"):
            raise LeaveError("the participant is not in training")
        if self.programme == "npq" and "started" not in self.declared(person_id, course):
            raise LeaveError("no started declaration")
        self.report(task, "defer", "deferred", reason=task["reason"])

    def withdraw(self, task: Json) -> None:
        """Report that a participant has left for good."""
        person_id, course, enrolment = self.training(task)
        declared = self.declared(person_id, course)
        if enrolment["training_status"] == "withdrawn":
            return
        if "started" not in declared:
            raise LeaveError("no started declaration")
        if "completed" in declared or enrolment.get("induction_end_date"):
            raise LeaveError("the participant has completed the training")
        if task["reason"] == MENTORS_ONLY and course != "ecf-mentor":
            raise LeaveError("the reason is for mentors only")
        if enrolment.get("participant_status") == "leaving":
            raise LaterError("the participant is leaving, and has not left yet")
        self.report(task, "withdraw", "withdrawn", reason=task["reason"])

    def resume(self, task: Json) -> None:
        """Report that a participant is back."""
        if self.training(task)[2]["training_status"] != "active":
            self.report(task, "resume", "active")

    def report(self, task: Json, action: str, status: str, **attributes: str) -> None:
        """Send a change of the training status."""
        if task["on"][:10] > self.today():
            raise LeaveError(f"{task['on']} is in the future")
        person_id, course, _ = self.training(task)
        path = f"{self.people}/{person_id}"
        find = self.finder(path, lambda each: (self.enrolment(each, course) or {}).get("training_status") == status)
        body = (f"participant-{action}", {"course_identifier": course, **attributes})
        self.change(f"PUT {path}/{action}", "participants", body, find)

    def change_schedule(self, task: Json) -> None:
        """Move a participant to another schedule or cohort. Declarations that do not fit are voided first."""
        person_id, course, enrolment = self.training(task)
        schedule, cohort = task["schedule_identifier"], str(task.get("cohort") or enrolment["cohort"])
        if (enrolment["schedule_identifier"], enrolment["cohort"]) == (schedule, cohort):
            return
        if enrolment["training_status"] != "active" or enrolment.get("participant_status") == "left":
            raise LeaveError("the participant is not in training")
        if not fits_course(schedule, course) or (self.programme == "ecf" and cohort in CLOSED_COHORTS):
            raise LeaveError(f"{schedule} of cohort {cohort} is not for {course}")
        if "replacement" in schedule and self.number_of_teachers(person_id) > 1:
            raise LeaveError("the mentor has another teacher already")
        moves = self.programme == "npq" and cohort != enrolment["cohort"]
        keeps = enrolment["cohort"] in CLOSED_COHORTS  # its declarations stay there
        unfit = [
            (milestone, declaration_id)
            for milestone, (declaration_id, each) in ({} if keeps else self.declared(person_id, course)).items()
            if moves or not is_in_window(each["declaration_date"][:10], schedule, cohort, course, milestone)
        ]
        to_declare = {
            each.get("declaration_type")
            for each in self.state["tasks"]
            if each["do"] == "declare" and each["participant_id"] == task["participant_id"]
        }
        if any(milestone not in to_declare for milestone, _ in unfit):
            raise LeaveError("declarations do not fit the schedule, and have no other date")
        for _, declaration_id in unfit:
            self.void(declaration_id)
        path = f"{self.people}/{person_id}"
        find = self.finder(path, lambda each: (self.enrolment(each, course) or {})["schedule_identifier"] == schedule)
        attributes = {"schedule_identifier": schedule, "course_identifier": course, "cohort": cohort}
        self.change(f"PUT {path}/change-schedule", "participants", ("participant-change-schedule", attributes), find)

    def number_of_teachers(self, mentor_id: str) -> int:
        """Return how many early career teachers a mentor has."""
        people = self.records("participants").values()
        return sum(each.get("mentor_id") == mentor_id for person in people for each in person["ecf_enrolments"])

    def application(self, task: Json) -> Json:
        """Return the application of a task."""
        application = self.records("applications").get(task["application_id"])
        if application is None:
            raise LeaveError("the application is not in the list")
        return application

    def decide(self, task: Json, request: str, body: tuple[str, Json] | None, is_done: Callable[[Json], Any]) -> None:
        """Send a decision about an application."""
        method, action = request.split(" ")
        path = f"npq-applications/{task['application_id']}"
        self.change(f"{method} {path}/{action}", "applications", body, self.finder(path, is_done))

    def accept(self, task: Json) -> None:
        """Accept an application, with a funded place only if there can be one, and review its schedule."""
        application = self.application(task)
        if application["status"] == "rejected":
            raise LeaveError(f"the application is rejected: {application['reason_for_rejection']}")
        if application["status"] == "pending":
            cohort = f"{application['cohort']}{application['cohort_suffix']}"
            funded = application["eligible_for_funding"] is True and cohort not in UNFUNDED_COHORTS
            place = {"funded_place": funded and task["funded_place"] is True}
            body = None if cohort in UNCAPPED_COHORTS else ("npq-application-accept", place)
            self.decide(task, "POST accept", body, lambda each: each["status"] == "accepted")
        application, schedule = self.application(task), task.get("schedule_identifier")
        if schedule not in (None, application["schedule_identifier"]):
            person = self.api.get(f"{self.people}/{application['participant_id']}")["data"]
            self.records("participants")[person["id"]] = person["attributes"]
            self.change_schedule({**application, "schedule_identifier": schedule})

    def reject(self, task: Json) -> None:
        """Reject a pending application."""
        status = self.application(task)["status"]
        if status == "pending":
            self.decide(task, "POST reject", None, lambda each: each["status"] == "rejected")
        elif status != "rejected":
            raise LeaveError(f"the application is {status}")

    def change_funded_place(self, task: Json) -> None:
        """Correct the funded place of an accepted application, before anything is declared."""
        application, place = self.application(task), task["funded_place"]
        if application["funded_place"] is place:
            return
        if application["status"] != "accepted" or (place and not application["eligible_for_funding"]):
            raise LeaveError("there can be no funded place")
        if self.declared(application["participant_id"], application["course_identifier"]):
            raise LeaveError("declarations would have to be voided first")
        body = ("npq-application-change-funded-place", {"funded_place": place})
        self.decide(task, "PUT change-funded-place", body, lambda each: each["funded_place"] is place)

    def report_outcome(self, task: Json) -> None:
        """Report an outcome, unless it is the latest one already."""
        person_id, course, _ = self.training(task)
        if "completed" not in self.declared(person_id, course) or task["on"][:10] > self.today():
            raise LeaveError("the course is not completed")
        path = f"{self.people}/{person_id}/outcomes"

        def find() -> Json | None:
            of_course = [each for each in self.api.walk(path, {}).items() if each[1]["course_identifier"] == course]
            key, latest = max(of_course, key=lambda each: each[1]["created_at"], default=("", {}))
            same = latest and (latest["state"], latest["completion_date"][:10]) == (task["state"], task["on"][:10])
            return {"id": key, "attributes": latest} if same else None

        attributes = {"state": task["state"], "completion_date": task["on"][:10], "course_identifier": course}
        if not find():
            self.change(f"POST {path}", "outcomes", ("npq-outcome-confirmation", attributes), find)

    def partnership(self, task: Json) -> tuple[Json, Json | None]:
        """Return the attributes of the wanted partnership, and the record of the present one. Read the list first."""
        cohort = str(task["cohort"])
        known = self.api.walk("delivery-partners", {"filter[cohort]": cohort}).items()
        partners = [key for key, each in known if each["name"] == task["delivery_partner_name"]]
        schools = [key for key, each in self.records("schools", cohort).items() if each["urn"] == task["school_urn"]]
        if cohort in CLOSED_COHORTS or len(schools) != 1 or len(partners) != 1:
            raise LeaveError(f"cohort {cohort}: {len(schools)} schools and {len(partners)} delivery partners fit")
        known = self.api.walk("partnerships", {"filter[cohort]": cohort}).items()
        existing = [{"id": key, "attributes": each} for key, each in known if each["school_id"] == schools[0]]
        wanted = {"cohort": cohort, "school_id": schools[0], "delivery_partner_id": partners[0]}
        return wanted, existing[0] if existing else None

    def partner(self, task: Json) -> None:
        """Confirm a partnership with a school, unless there is one."""
        wanted, existing = self.partnership(task)
        if existing is None:
            body = ("partnership", wanted)
            self.change("POST partnerships", "partnerships", body, lambda: self.partnership(task)[1])
        elif existing["attributes"]["delivery_partner_id"] != wanted["delivery_partner_id"]:
            raise LeaveError("there is a partnership with another delivery partner")

    def change_delivery_partner(self, task: Json) -> None:
        """Correct the delivery partner of a partnership."""
        wanted, existing = self.partnership(task)
        partner = {"delivery_partner_id": wanted["delivery_partner_id"]}
        if existing is None:
            raise LeaveError("there is no partnership with the school")
        if existing["attributes"]["delivery_partner_id"] != partner["delivery_partner_id"]:
            path = f"partnerships/{existing['id']}"
            find = self.finder(path, lambda each: partner.items() <= each.items())
            self.change(f"PUT {path}", "partnerships", ("partnership", partner), find)

    def today(self) -> str:
        """Return the day by the server's clock."""
        return instant(self.api.now())[:10]


TASKS = (
    "partner",
    "change-delivery-partner",
    "reject",
    "accept",
    "change-funded-place",
    "resume",
    "change-schedule",
    "correct-declaration",
    "declare",
    "report-outcome",
    "defer",
    "withdraw",
)
"""The kinds of tasks, in the order in which they are done: declare before somebody leaves."""


def main(arguments: list[str] | None = None, api_type: type[Api] = Api, client_type: type[Client] = Client) -> int:
    """Run once and return the exit status."""
    parser = argparse.ArgumentParser(description="Sync with a Lead Provider API, then do the tasks of a task file.")
    parser.add_argument("--connections", type=int, default=1, help="lists that are read at once (default: 1)")
    parser.add_argument("--timeout", type=float, default=30, help="seconds to wait for a response (default: 30)")
    parser.add_argument("--delay", type=float, default=0.1, help="seconds between two requests (default: 0.1)")
    parser.add_argument("--try-errors", action="store_true", help="cause a 404 and a 400 in the first run")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    env = os.environ
    api = api_type(
        env["LEAD_PROVIDER_BASE_URL"],
        env["LEAD_PROVIDER_TOKEN"],
        timeout=options.timeout,
        delay=options.delay,
        connections=options.connections,
    )
    file = env.get("LEAD_PROVIDER_TASKS")
    given: Json = json.loads(Path(file).read_text(encoding="utf-8")) if file else {}
    if given.get("now"):
        api.ahead = datetime.fromisoformat(given["now"]) - datetime.now(UTC)
    client = client_type(
        api, env.get("LEAD_PROVIDER_PROGRAMME", "ecf"), Path(env["LEAD_PROVIDER_STATE"]), options.connections
    )
    tasks = [{**each, "id": f"{given.get('act')}/{each['id']}"} for each in given.get("tasks", [])]
    try:
        if options.try_errors:
            client.try_errors()
        return 0 if client.run(tasks) else 1
    except StopError as reason:
        LOG.error("stopped: %s", reason)
        client.save()
        return 1


if __name__ == "__main__":
    sys.exit(main())
