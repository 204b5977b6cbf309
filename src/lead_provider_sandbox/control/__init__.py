"""What a test may do to the sandbox behind the API's back: records in named states, registration, reset, the clock."""
