"""Keeps people out of journals and reports: names, e-mail addresses and TRNs, each replaced by the same stand-in.

The stand-ins take their place in answers before anything else sees them, so that no test, journal, terminal or report
holds a real one. Equal values have equal stand-ins, in every process and every run with the same tokens, and different
values different ones: what a test compares is compared as well as before. Without the tokens nobody can go back.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import re
from collections.abc import Mapping

from lead_provider_conformance.http import Redactor

NAMES = ("full_name", "induction_tutor_name")
EMAILS = ("email", "induction_tutor_email")
TRNS = ("teacher_reference_number",)
PERSONAL = (*NAMES, *EMAILS, *TRNS)

MEMBER = re.compile(rf'"({"|".join(PERSONAL)})"(\s*:\s*)("(?:[^"\\]|\\.)*")')
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
STAND_IN_DOMAIN = "people.invalid"  # no mail goes there: RFC 2606
# A TRN has seven digits, taken as two numbers that are mixed with each other.
TRN = re.compile(r"[0-9]{7}")
LEFT, RIGHT, ROUNDS = 10_000, 1_000, 6


class Pseudonymiser(Redactor):
    """A redactor that also replaces what tells of a person."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        """`secrets` are the target's; the stand-ins depend on them."""
        super().__init__(secrets)
        self._key = hashlib.sha256("\n".join(sorted(secrets)).encode()).digest()

    def content(self, content: bytes) -> bytes:
        """The bytes of an answer without any secret or person."""
        text = super().content(content).decode("utf-8", "surrogateescape")
        text = self._csv(text) if _is_csv(text) else MEMBER.sub(self._member, text)
        return EMAIL.sub(lambda found: self.stand_in("email", found[0]), text).encode("utf-8", "surrogateescape")

    def text(self, text: str) -> str:
        """Text of a request or of our own without any secret or address; names stand only in answers."""
        return EMAIL.sub(lambda found: self.stand_in("email", found[0]), super().text(text))

    def stand_in(self, member: str, value: str) -> str:
        """What stands for a value of `member`: a name for a name, an address for an address, digits for digits.

        A value that is not as it should be keeps what is wrong with it, and a stand-in stands for itself.
        """
        if not value.strip() or value.endswith(f"@{STAND_IN_DOMAIN}"):
            return value
        if member in NAMES:
            return f"Person {self._digest(value).upper()}"
        if member in EMAILS:
            domain = f"@{STAND_IN_DOMAIN}" if EMAIL.fullmatch(value) else ""
            return f"person-{self._digest(value.lower())}{domain}"
        return self._trn(value) if TRN.fullmatch(value) else re.sub(r"\d", "0", value)

    def _member(self, found: re.Match[str]) -> str:
        try:
            value = json.loads(found[3], strict=False)
        except ValueError:
            return f'"{found[1]}"{found[2]}"?"'
        return f'"{found[1]}"{found[2]}{json.dumps(self.stand_in(found[1], value))}'

    def _csv(self, text: str) -> str:
        rows = list(csv.reader(io.StringIO(text, newline="")))
        columns = {index: name for index, name in enumerate(rows[0]) if name in PERSONAL}
        written = io.StringIO(newline="")
        writer = csv.writer(written, lineterminator="\r\n" if "\r\n" in text else "\n")
        for number, row in enumerate(rows):
            writer.writerow(
                self.stand_in(columns[index], value) if number and index in columns else value
                for index, value in enumerate(row)
            )
        return written.getvalue()

    def _trn(self, value: str) -> str:
        left, right = divmod(int(value), RIGHT)
        for turn in range(ROUNDS):
            if turn % 2:
                right = (right + self._number(turn, left)) % RIGHT
            else:
                left = (left + self._number(turn, right)) % LEFT
        return f"{left * RIGHT + right:07d}"

    def _number(self, turn: int, value: int) -> int:
        return int(self._digest(f"{turn} {value}"), 16)

    def _digest(self, value: str) -> str:
        return hmac.new(self._key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:10]


def _is_csv(text: str) -> bool:
    return set(PERSONAL) & set(text.partition("\n")[0].strip().split(",")) != set()
