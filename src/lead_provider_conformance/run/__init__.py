"""One run: its target, its tests and their checks."""
