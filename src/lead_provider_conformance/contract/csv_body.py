"""Validate CSV bodies: the columns, their order and the values.

The contract describes a CSV as a list of rows. `x-columns` of the schema of a row lists the columns in order. A column
is optional if the schema does not require it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from lead_provider_conformance.contract.bodies import SchemaCompiler, limited
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.contract.personal_data import is_personal
from lead_provider_conformance.contract.violation import Violation

_RULE = "response-schema"


class NotCsvError(ValueError):
    """Raised if a body is not CSV in UTF-8."""


def parse_csv(body: bytes) -> list[list[str]]:
    """Return the lines of a CSV body, the header first. Raise NotCsvError if it is not CSV in UTF-8."""
    try:
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotCsvError(str(error)) from None


def check_csv(media: Mapping[str, Any], body: bytes, compiler: SchemaCompiler) -> tuple[Violation, ...]:
    """Return the violations of a CSV body. An empty body is valid.

    The place of a violation is a pointer to a field: `/0/cohort` is in the first row.
    """
    try:
        table = parse_csv(body)
    except NotCsvError as error:
        return (Violation(_RULE, "", f"the body is not CSV: {error}"),)
    if not table:
        return ()
    row_schema = resolve(compiler.document, media["schema"]["items"])
    header, *rows = table
    if violations := tuple(_check_header(header, row_schema)):
        return violations
    ragged = next((index for index, row in enumerate(rows) if len(row) != len(header)), None)
    if ragged is not None:
        text = f"the row has {len(rows[ragged])} fields, but the header has {len(header)}"
        return (Violation(_RULE, f"/{ragged}", text),)
    records = [dict(zip(header, row, strict=True)) for row in rows]
    schema = compiler.compile(media["schema"])
    return limited(schema.violations(records, _RULE), _RULE)


def _check_header(header: list[str], row_schema: Mapping[str, Any]) -> Iterator[Violation]:
    columns: list[str] = row_schema["x-columns"]
    missing = [name for name in row_schema["required"] if name not in header]
    if missing:
        yield Violation(_RULE, "", f"the CSV has no column {', '.join(missing)}", kind=f"missing {missing[0]}")
    for name in header:
        if name not in columns:
            yield Violation("undocumented-member", "", f"'{name}' is not a documented column")
            if is_personal(name):
                yield Violation("personal-data", "", f"the column '{name}' shows personal data, and is not documented")
    known = [name for name in header if name in columns]
    if not missing and known != [name for name in columns if name in header]:
        yield Violation(_RULE, "", f"the columns are in another order than documented: {', '.join(columns)}")
