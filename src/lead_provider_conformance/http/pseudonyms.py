"""Replace personal data, which is names, e-mail addresses and TRNs, by pseudonyms.

Responses are pseudonymised before anything else sees them, so no test, journal or report holds a real person. Equal
values have equal pseudonyms in every process, and in every run with the same tokens; different values have different
ones. Comparisons therefore work as before. Without the tokens a pseudonym cannot be reversed.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import re
from collections.abc import Mapping

from lead_provider_conformance.http.redaction import Redactor

NAMES = ("full_name", "induction_tutor_name")
EMAILS = ("email", "induction_tutor_email")
TRNS = ("teacher_reference_number",)
PERSONAL = (*NAMES, *EMAILS, *TRNS)

FIELD = re.compile(rf'"({"|".join(PERSONAL)})"(\s*:\s*)("(?:[^"\\]|\\.)*"|[0-9]+)')
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PSEUDONYM_DOMAIN = "people.invalid"  # reserved, never receives mail: RFC 2606
TRN = re.compile(r"[0-9]{7}")
LINE = re.compile(r"[^\r\n]+")
BYTE_ORDER_MARK = "\ufeff"
MALFORMED_CSV = '"?'
# A Feistel cipher keeps the seven digits of a TRN distinct. It splits them into two numbers of four and three digits,
# and changes one of the two in each round.
LEFT, RIGHT, ROUNDS = 10_000, 1_000, 6


class Pseudonymiser(Redactor):
    """A redactor that also replaces personal data."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        """`secrets` are the target's; they are the key of the pseudonyms."""
        super().__init__(secrets)
        self._key = hashlib.sha256("\n".join(sorted(secrets)).encode()).digest()

    def content(self, content: bytes) -> bytes:
        """Return the body of a response with secrets and personal data replaced."""
        text = super().content(content).decode(errors="surrogateescape")
        text = self._csv(text) if _is_csv(text) else FIELD.sub(self._replace_field, text)
        return EMAIL.sub(self._replace_email, text).encode(errors="surrogateescape")

    def text(self, text: str) -> str:
        """Return a request or message with secrets and e-mail addresses replaced. Names occur only in responses."""
        return EMAIL.sub(self._replace_email, super().text(text))

    def pseudonym(self, field: str, value: str) -> str:
        """Return the pseudonym of the value of `field`, which has the same kind: name, address or digits.

        A malformed value stays malformed. The pseudonym of an e-mail pseudonym is itself.
        """
        if not value.strip() or value.endswith(f"@{PSEUDONYM_DOMAIN}"):
            return value
        if field in NAMES:
            return f"Person {self._digest(value).upper()}"
        if field in EMAILS:
            domain = f"@{PSEUDONYM_DOMAIN}" if EMAIL.fullmatch(value) else ""
            return f"person-{self._digest(value.lower())}{domain}"
        return self._digits(value)

    def _replace_email(self, match: re.Match[str]) -> str:
        return self.pseudonym("email", match[0])

    def _replace_field(self, match: re.Match[str]) -> str:
        field, separator, text = match.groups()
        if text.isdigit():  # a TRN as a number, without its leading zeros
            return f'"{field}"{separator}{int(self._digits(text.zfill(7)))}'
        try:
            value = json.loads(text, strict=False)
        except ValueError:
            return f'"{field}"{separator}"?"'
        return f'"{field}"{separator}{json.dumps(self.pseudonym(field, value))}'

    def _csv(self, text: str) -> str:
        # Not strict: a malformed file must be pseudonymised too.
        try:
            rows = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))
        except csv.Error:  # a field of more than csv.field_size_limit() characters
            return MALFORMED_CSV
        columns = {index: name for index, name in enumerate(rows[0]) if name in PERSONAL}
        output = io.StringIO()
        writer = csv.writer(output, lineterminator="\r\n" if "\r\n" in text else "\n")
        for number, row in enumerate(rows):
            writer.writerow(
                self.pseudonym(columns[index], value) if number and index in columns else value
                for index, value in enumerate(row)
            )
        return output.getvalue()

    def _digits(self, value: str) -> str:
        return self._trn(value) if TRN.fullmatch(value) else re.sub(r"\d", "0", value)

    def _trn(self, value: str) -> str:
        left, right = divmod(int(value), RIGHT)
        for number in range(ROUNDS):
            if number % 2:
                right = (right + self._round(number, left)) % RIGHT
            else:
                left = (left + self._round(number, right)) % LEFT
        return f"{left * RIGHT + right:07d}"

    def _round(self, number: int, half: int) -> int:
        return int(self._digest(f"{number} {half}"), 16)

    def _digest(self, value: str) -> str:
        return hmac.new(self._key, value.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()[:10]


def _is_csv(text: str) -> bool:
    """Return whether the first line is the header of a CSV with personal data."""
    if text[:1] in ("{", "["):
        return False
    header = LINE.match(text.removeprefix(BYTE_ORDER_MARK))
    return header is not None and not set(PERSONAL).isdisjoint(name.replace('"', "") for name in header[0].split(","))
