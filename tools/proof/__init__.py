"""Proves that the suite bites: runs it against every fault of the sandbox, and makes the matrix of what caught what."""
