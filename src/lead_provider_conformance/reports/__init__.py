"""Reports of a run. Each is a function of the verdict, so of the two journals, and can be made again at any time."""
