#!/usr/bin/env python3
"""Run the example client with one fault: `bad.py --bad FLAG`, with the other options of `sync.py`.

Each fault is one way to misuse the API. A test of clients has to find each of them.
"""

from __future__ import annotations

import argparse
import sys

import bad_changes  # noqa: F401 - registers its variants
import bad_reading  # noqa: F401
import bad_tasks  # noqa: F401
import sync
from variants import API_TYPES, CLIENT_TYPES


def main(arguments: list[str] | None = None) -> int:
    """Run the variant once and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--bad", required=True, choices=sorted({*API_TYPES, *CLIENT_TYPES}))
    options, others = parser.parse_known_args(arguments)
    return sync.main(others, API_TYPES.get(options.bad, sync.Api), CLIENT_TYPES.get(options.bad, sync.Client))


if __name__ == "__main__":
    sys.exit(main())
