"""Compare two servers request by request: the same reads on both, and differences by cause."""
