"""A conforming Lead Provider API server, written from the contract, not from the suite."""
