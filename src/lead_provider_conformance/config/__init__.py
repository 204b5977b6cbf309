"""The files and options that a person writes: the target, and the options of a run."""
