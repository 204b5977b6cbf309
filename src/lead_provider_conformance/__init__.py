"""The machinery that says, with evidence, whether a server keeps the Lead Provider API's contract."""

from importlib.metadata import version

__version__ = version("lead-provider-conformance")
