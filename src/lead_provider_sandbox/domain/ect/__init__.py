"""The rules of the ECT service."""
