"""Run the suite against every fault of the sandbox, and record which requirement catches which fault."""
