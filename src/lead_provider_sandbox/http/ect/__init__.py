"""The operations of the ECT service."""
