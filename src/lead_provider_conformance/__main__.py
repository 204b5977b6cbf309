"""`python -m lead_provider_conformance` is `lead-provider-conformance`."""

import sys

from lead_provider_conformance.cli.main import main

sys.exit(main())
