"""Sessions of many providers on one server: stored, resumed after a restart, and kept apart."""
