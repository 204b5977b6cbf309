"""Variants that misread lists, polls, limits and failures."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import quote

import requests
from sync import LISTS, LOG, Api, Client, Json, List, NoResultError, RefusedError, instant
from variants import variant

SINCE = "filter[updated_since]"
CONFIGURED_PAGES = 2
LONGEST_WAIT_FOR_THE_HOUR = 240
MANY_REQUESTS = 1200
MANY_RETRIES = 200
"""The retries of the variant that has no end: enough to be seen, and few enough for a test."""


# --- Pages


@variant("first-page-only")
class FirstPageOnly(Api):
    """Read the first page of each list only."""

    def pages(self, path: str, filters: Json) -> Iterator[list[Json]]:
        yield next(super().pages(path, filters))


@variant("fixed-page-count")
class FixedPageCount(Api):
    """Read as many pages as are configured."""

    def pages(self, path: str, filters: Json) -> Iterator[list[Json]]:
        for _, records in zip(range(CONFIGURED_PAGES), super().pages(path, filters), strict=False):
            yield records


@variant("error-ends-list")
class ErrorEndsList(Api):
    """Take an error for the end of a list."""

    def get(self, path: str, params: Json | None = None) -> Any:
        try:
            return self.result(self.send("GET", path, params=params))
        except NoResultError:
            return {"data": []}


@variant("filter-changes-in-walk")
class FilterChangesInWalk(Api):
    """Compute the start of a poll anew for each page."""

    def get(self, path: str, params: Json | None = None) -> Any:
        if params and SINCE in params:
            later = datetime.fromisoformat(params[SINCE]) + timedelta(seconds=params["page[page]"])
            params = {**params, SINCE: instant(later)}
        return super().get(path, params)


# --- Filters


@variant("unbracketed-filters")
class UnbracketedFilters(Api):
    """Send `updated_since` without brackets."""

    def get(self, path: str, params: Json | None = None) -> Any:
        plain = {name.replace(SINCE, "updated_since"): value for name, value in (params or {}).items()}
        return super().get(path, plain)


@variant("filter-as-json")
class FilterAsJson(Api):
    """Send the start of a poll as a JSON object."""

    def get(self, path: str, params: Json | None = None) -> Any:
        params = dict(params or {})
        if SINCE in params:
            params["filter"] = json.dumps({"updated_since": params.pop(SINCE)})
        return super().get(path, params)


@variant("plus-not-encoded")
class PlusNotEncoded(Api):
    """Send the start of a poll with the zone +01:00, and do not encode the plus sign."""

    def get(self, path: str, params: Json | None = None) -> Any:
        params = dict(params or {})
        if SINCE in params:
            moment = datetime.fromisoformat(params.pop(SINCE)) + timedelta(hours=1)
            path += f"?{quote(SINCE)}={moment:%Y-%m-%dT%H:%M:%S}+01:00"
        return super().get(path, params)


# --- Watermarks


@variant("since-is-now")
class SinceIsNow(Client):
    """Poll from the time of the request."""

    def watermark(self, known: Json) -> str:
        return instant(self.api.now())


@variant("one-window-back")
class OneWindowBack(Client):
    """Poll from the beginning of the last poll only."""

    def watermark(self, known: Json) -> str:
        return str(known["starts"][-1])


@variant("since-of-failed-poll")
class SinceOfFailedPoll(Client):
    """Continue from the time at which a poll failed."""

    def sync_list(self, each: List) -> bool:
        success = super().sync_list(each)
        if not success:
            self.state["lists"][self.key(each)]["failed"] = instant(self.api.now())
        return success

    def watermark(self, known: Json) -> str:
        return str(known.get("failed") or super().watermark(known))


@variant("since-by-own-clock")
class SinceByOwnClock(Client):
    """Poll from the last poll by the machine's clock."""

    def server_time(self, moment: datetime) -> datetime:
        return moment

    def watermark(self, known: Json) -> str:
        return str(known["starts"][-1])


@variant("never-polls")
class NeverPolls(Client):
    """Read every list completely each time."""

    def is_full_due(self, known: Json) -> bool:
        return True


@variant("everything-every-time")
class EverythingEveryTime(Client):
    """Poll, and read every list completely as well."""

    def sync_list(self, each: List) -> bool:
        success = super().sync_list(each)
        self.api.walk(each.path, {"filter[cohort]": each.cohort} if each.cohort else {})
        return success


@variant("polls-on-the-hour")
class PollsOnTheHour(Client):
    """Start every poll on the hour. If that is too far away for one run, do not poll."""

    def sync(self) -> dict[List, bool]:
        now = self.api.now()
        wait = 3600 - now.minute * 60 - now.second if now.minute else 0
        if self.file.exists() and wait > LONGEST_WAIT_FOR_THE_HOUR:
            return dict.fromkeys(LISTS[self.programme], False)
        if self.file.exists():
            time.sleep(wait)
        return super().sync()


# --- Limits


@variant("too-many-requests")
class TooManyRequests(Client):
    """Send 1,200 requests at once, after the first sync."""

    def sync(self) -> dict[List, bool]:
        synced = super().sync()
        if not self.state.get("flooded"):
            self.state["flooded"] = True
            self.api.delay = 0
            for _ in range(MANY_REQUESTS):
                self.api.get("statements", {"page[per_page]": 1})
        return synced


@variant("hammers-on-429")
class HammersOn429(Api):
    """Repeat a throttled request at once."""

    def pause(self, seconds: float) -> None:
        pass


@variant("gives-up-on-429")
class GivesUpOn429(Api):
    """Drop a throttled request, and take it for done."""

    def send(self, method: str, path: str, *, params: Json | None = None, body: Json | None = None) -> Any:
        self.take_turn()
        url = f"{self.root}/{path}"
        try:
            response = self.session.request(method, url, params=params, json=body, timeout=self.timeout)
        except requests.RequestException as error:
            raise NoResultError(str(error)) from error
        self.read_clock(response)
        return response

    def result(self, response: requests.Response) -> Json:
        if response.status_code == 429 and response.request.method != "GET":
            raise RefusedError(response)
        return {"data": []} if response.status_code == 429 else super().result(response)


@variant("waits-one-second-on-429")
class WaitsOneSecondOn429(Api):
    """Wait one second after a 429, whatever Retry-After says."""

    def retry_after(self, response: requests.Response) -> float:
        return 1


# --- Contents of responses


def crash(reason: str) -> NoReturn:
    """End the process at once, whatever other threads do."""
    LOG.critical(reason)
    os._exit(1)


@variant("dies-on-unknown-member")
class DiesOnUnknownMember(Client):
    """Stop at a field that no earlier response had."""

    def sync_list(self, each: List) -> bool:
        success = super().sync_list(each)
        fields = self.state.setdefault("fields", {})
        records = self.records(each.kind, each.cohort).values()
        found = {name for attributes in records for name in attributes}
        if found - set(fields.get(self.key(each), found)):
            crash(f"unknown fields: {found}")
        if found:
            fields.setdefault(self.key(each), sorted(found))
        return success


@variant("dies-on-null")
class DiesOnNull(Api):
    """Stop at a participant without a number."""

    def pages(self, path: str, filters: Json) -> Iterator[list[Json]]:
        for records in super().pages(path, filters):
            if any(each["attributes"].get("teacher_reference_number", "") is None for each in records):
                crash("a participant has no teacher_reference_number")
            yield records


@variant("dies-on-html")
class DiesOnHtml(Api):
    """Stop at a response that is not JSON."""

    def result(self, response: requests.Response) -> Json:
        try:
            response.json()
        except requests.JSONDecodeError:
            crash("the response is not JSON")
        return super().result(response)


# --- Failures


@variant("no-timeout")
class NoTimeout(Api):
    """Wait for a response without end."""

    def send(self, method: str, path: str, *, params: Json | None = None, body: Json | None = None) -> Any:
        self.timeout = None  # type: ignore[assignment]
        return super().send(method, path, params=params, body=body)


@variant("never-retries")
class NeverRetries(Api):
    """Do not repeat a read without a usable response."""

    def get(self, path: str, params: Json | None = None) -> Any:
        return self.result(self.send("GET", path, params=params))


@variant("never-retries")
class TakesFailedForRead(Client):
    """Continue after a failed list as if it had been read to its end."""

    def sync_list(self, each: List) -> bool:
        if not super().sync_list(each):
            known = self.state["lists"][self.key(each)]
            known["starts"] = [*known["starts"], instant(self.api.now())][-2:]
            known["full"] = known["full"] or known["starts"][-1]
        return True


@variant("retries-without-end")
class RetriesWithoutEnd(Api):
    """Repeat a failed read at once, and again and again."""

    def get(self, path: str, params: Json | None = None) -> Any:
        for _ in range(MANY_RETRIES):
            response = self.send("GET", path, params=params)
            if response.status_code < 500:
                return self.result(response)
        raise NoResultError(path)


@variant("token-in-url")
class TokenInUrl(Api):
    """Put the token into the query."""

    def send(self, method: str, path: str, *, params: Json | None = None, body: Json | None = None) -> Any:
        token = str(self.session.headers["Authorization"]).removeprefix("Bearer ")
        return super().send(method, path, params={**(params or {}), "token": token}, body=body)


@variant("connects-only")
class ConnectsOnly(Client):
    """Send one request, and nothing more."""

    def run(self, tasks: list[Json]) -> bool:
        if not self.file.exists():
            self.api.get(LISTS[self.programme][-1].path.replace("schools", "statements"))
            self.save()
        return True
