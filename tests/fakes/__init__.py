"""Stand-ins for the outside that a test can hold in its hand."""
