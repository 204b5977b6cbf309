"""The conformance suite for the DfE Lead Provider API."""

from importlib.metadata import version

__version__ = version("lead-provider-conformance")
