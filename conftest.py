"""Loads the suite's pytest plugin. It stays out of the way until something in `suites/` is run."""

pytest_plugins = ["lead_provider_conformance.pytest_plugin.plugin"]
