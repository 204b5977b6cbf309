"""Serve an application in a running event loop, and see the connections of its clients."""

from lead_provider_sandbox.http.connection import Connection, InvalidInput, connection_of
from lead_provider_sandbox.http.server import AddressError, listen, serving

__all__ = ["AddressError", "Connection", "InvalidInput", "connection_of", "listen", "serving"]
