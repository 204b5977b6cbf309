"""`python -m lead_provider_sandbox`: serve the sandbox."""

from __future__ import annotations

import sys

from lead_provider_sandbox.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
