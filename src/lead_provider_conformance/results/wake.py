"""Failures in the wake of a wrong exchange: they prove nothing, so a reader corrects the wrong exchange first.

An exchange is wrong if the server accepts a write that it must refuse, or does not complete one that it must accept, or
if a later read shows that it did not keep the write. Later requests about the same record meet a state that the test
does not expect. If an operation does not keep one write, it may not have kept those of other tests. If a filter returns
wrong records, tests that choose their records with it choose wrong ones.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lead_provider_conformance.contract.values import UUID_PATTERN
from lead_provider_conformance.model import FIRST_ERROR, Cause
from lead_provider_conformance.results.causes import Exchanges, cause_of
from lead_provider_conformance.results.defects import (
    ACCEPTS,
    FILTERED,
    LIST,
    NOT_NAMED,
    REFUSES,
    UNKEPT,
    VALUE,
    is_list,
    query_of,
)
from lead_provider_conformance.results.explained_defects import is_server_error
from lead_provider_conformance.results.journal import Finding, decisive_exchange

STATES = frozenset({"status", "state", "training_status", "schedule_identifier", "cohort"})
"""The fields that a write changes, and that decide about the next one."""
OF_STATE = frozenset({ACCEPTS, REFUSES, VALUE, UNKEPT, LIST, NOT_NAMED})
"""The kinds of defect that depend on the state of a record, beside the requirements themselves."""
OF_EVERY_RESPONSE = ("contract/", "generated/response-schema")
"""The requirements that a response to a wrongly accepted request breaks in passing."""
GENERATED = "/generated/"
"""Part of the names of generated tests, which send many requests about one record."""

ID = re.compile(UUID_PATTERN, re.IGNORECASE)

Exchange = Mapping[str, Any]


def wake(defects: Mapping[Finding, Cause], exchanges: Exchanges) -> Mapping[Finding, Cause]:
    """Return the findings in the wake of a wrong exchange, each with the defect of the first one."""
    return _Wake(defects, exchanges).findings


def with_unkept_writes(defects: Mapping[Finding, Cause], exchanges: Exchanges) -> Mapping[Finding, Cause]:
    """Return the defects; that of a read that shows a wrong state is one of the write before it."""
    found = _Wake(defects, exchanges)
    writes = ((each, defect, found.unkept_write(each)) for each, defect in defects.items())
    return {
        each: Cause(write["operation"] or "", defect.place, UNKEPT) if write else defect
        for each, defect, write in writes
    }


@dataclass(frozen=True, eq=False)
class _Wake:
    defects: Mapping[Finding, Cause]
    exchanges: Exchanges

    @cached_property
    def findings(self) -> dict[Finding, Cause]:
        found: dict[Finding, Cause] = {}
        for finding in sorted(self.defects, key=self._place):
            if by := self._explanation(finding):
                found[finding] = found.get(by, self.defects[by])
        return found

    def _place(self, finding: Finding) -> str:
        shown = decisive_exchange(finding, self.exchanges)
        return shown["id"] if shown else ""

    @cached_property
    def _by_test(self) -> Mapping[str, Sequence[Exchange]]:
        """The exchanges of each test, in order."""
        found: dict[str, list[Exchange]] = defaultdict(list)
        tests = {each.test for each in self.defects}
        for exchange in self.exchanges.values():
            if exchange["test"] in tests:
                found[exchange["test"]].append(exchange)
        return {test: sorted(each, key=lambda exchange: exchange["id"]) for test, each in found.items()}

    @cached_property
    def _wrong(self) -> Mapping[str, Finding]:
        """The findings that show exchanges to be wrong, by the ids of these."""
        found = dict(self._wrong_writes)
        for finding in self.defects:
            if GENERATED not in finding.test and self.unkept_write(finding):
                found.setdefault(self._place(finding), finding)
        return found

    @cached_property
    def _wrong_writes(self) -> Mapping[str, Finding]:
        """The findings on writes that are wrongly accepted, refused or failing, by the ids of these."""
        found: dict[str, Finding] = {}
        for finding, defect in self.defects.items():
            shown = decisive_exchange(finding, self.exchanges)
            is_wrong = defect.kind in (ACCEPTS, REFUSES) or is_server_error(defect)
            if shown and shown["response"] and _is_write(shown) and is_wrong and GENERATED not in finding.test:
                found.setdefault(shown["id"], finding)
        return found

    def unkept_write(self, finding: Finding) -> Exchange | None:
        """Return the latest write to a record, if it was accepted and a finding shows the record in a wrong state."""
        defect, shown = self.defects[finding], decisive_exchange(finding, self.exchanges)
        if shown is None or _is_write(shown) or defect.kind not in (VALUE, UNKEPT) or defect.place not in STATES:
            return None
        for each in reversed(self._by_test.get(finding.test, ())):
            if each["id"] < shown["id"] and _is_write(each) and not _path_ids(each).isdisjoint(_ids(shown)):
                if each["id"] in self._wrong_writes:
                    return None
                if _is_accepted_write(each):
                    return each
        return None

    def _writes(self, test: str, ids: frozenset[str], after: str, before: str) -> Iterator[Exchange]:
        """Yield the accepted writes of a test to a record between two exchanges, the latest first."""
        for each in reversed(self._by_test.get(test, ())):
            if after < each["id"] < before and _is_accepted_write(each) and _ids(each) & ids:
                yield each

    @cached_property
    def _unkept(self) -> Mapping[str, Finding]:
        """The operations that do not keep a write, each with a finding that shows this."""
        writes = ((self.unkept_write(each), each) for each in self.defects)
        return {write["operation"]: finding for write, finding in writes if write}

    @cached_property
    def _wrong_filters(self) -> Mapping[tuple[str, str], Finding]:
        """The lists and filters that return wrong records, each with a finding that shows this."""
        return {
            (defect.operation, defect.place): each
            for each, defect in self.defects.items()
            if defect.kind == LIST and FILTERED.search(each.reason or "")
        }

    def _doubt(self, exchange: Exchange) -> Finding | None:
        """Return the finding for which an exchange is wrong, or may be."""
        if wrong := self._wrong.get(exchange["id"]):
            return wrong
        if _is_accepted_write(exchange):
            return self._unkept.get(exchange["operation"] or "")
        return self._wrong_filters.get((exchange["operation"] or "", query_of(exchange)))

    def _explanation(self, finding: Finding) -> Finding | None:
        """Return the finding that shows the first wrong exchange in whose wake another is."""
        shown = decisive_exchange(finding, self.exchanges)
        if shown is None:
            return None
        if finding.requirement.startswith(OF_EVERY_RESPONSE):
            return self._wrongly_accepted(finding, shown)
        defect = self.defects[finding]
        is_of_state = defect.kind in OF_STATE or defect.kind == finding.requirement
        if not is_of_state or cause_of(finding, self.exchanges).kind != finding.requirement:
            return None
        is_sign = finding in self._unkept.values() or finding in self._wrong_filters.values()
        for each in self._by_test.get(finding.test, ()):
            is_before = each["id"] < shown["id"] or (each["id"] == shown["id"] and not _is_write(each))
            by = (self._wrong.get(each["id"]) if is_sign else self._doubt(each)) if is_before else None
            if by and by != finding and _touches(each, shown) and not self._is_rewritten(finding, each, shown):
                return by
        return None

    def _wrongly_accepted(self, finding: Finding, shown: Exchange) -> Finding | None:
        """Return the finding that shows the accepted request whose response, or a later one, breaks a rule."""
        for each in self._by_test.get(finding.test, ()):
            by = self._wrong.get(each["id"]) if each["id"] <= shown["id"] else None
            if by and self.defects[by].kind == ACCEPTS:
                return by
        return None

    def _is_rewritten(self, finding: Finding, wrong: Exchange, shown: Exchange) -> bool:
        """Return whether a wrong value is of a later write to the record than the wrong one."""
        if self.defects[finding].kind not in (VALUE, UNKEPT):
            return False
        writes = self._writes(finding.test, _ids(shown), wrong["id"], shown["id"])
        return any(not self._doubt(each) for each in writes)


def _is_write(exchange: Exchange) -> bool:
    return bool(exchange["request"]["method"] != "GET")


def _is_accepted_write(exchange: Exchange) -> bool:
    response = exchange["response"]
    return _is_write(exchange) and response is not None and response["status"] < FIRST_ERROR


def _path_ids(exchange: Exchange) -> frozenset[str]:
    """Return the ids in the path of a request."""
    return frozenset(ID.findall(exchange["request"]["url"].partition("?")[0]))


def _ids(exchange: Exchange) -> frozenset[str]:
    """Return the ids in a request, and in the response to an accepted write."""
    texts = [exchange["request"]["url"], exchange["request"]["body"] or ""]
    if _is_accepted_write(exchange):
        texts.append(exchange["response"]["body"] or "")
    return frozenset(ID.findall(" ".join(texts)))


def _touches(wrong: Exchange, shown: Exchange) -> bool:
    """Return whether both exchanges are about the same record. Tests choose any record from a list."""
    ids = _ids(shown)
    is_of_any = is_list(wrong) or (is_list(shown) and not ids)
    return is_of_any or not ids.isdisjoint(_ids(wrong))
