"""Reports of a run. Each is a pure function of the verdict, which is computed from the journals."""
