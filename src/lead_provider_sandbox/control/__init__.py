"""The control interface: create records in named states, finish registrations, reset, and set the clock."""
