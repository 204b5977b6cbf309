"""A conforming Lead Provider API server, written from the contract and not from the suite."""
