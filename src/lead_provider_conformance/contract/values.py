"""Values of the contract that several packages use."""

from __future__ import annotations

import re

PAGE_LIMIT = 3_000
"""The largest number of records on one page: reference v2, Pagination."""
DEFAULT_PAGE_SIZE = 100
"""The number of records on a page if the query has no `page[per_page]`: reference v2, Pagination."""

UUID_PATTERN = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""A UUID in lower case."""
UUID = re.compile(UUID_PATTERN, re.IGNORECASE)

UNKNOWN_ID = "5e9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11"
"""The id of no record on any server: made at random, once."""
UNKNOWN_COHORT = "1066"
"""The year of no cohort on any server."""

UNKNOWN_TO_WRITES = (404, 422)
"""The statuses of a write about a record that does not exist, or is another provider's. The contract documents both:
behaviours AUTH-OTHER-PROVIDER-ACTION-422, AUTH-OTHER-PROVIDER-VOID-404, VOID-UNKNOWN and PART-PUT-404.
"""
