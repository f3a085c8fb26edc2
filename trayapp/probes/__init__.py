"""Questions to the machine: blocking, read-only, no Qt. Asking and reading are two functions."""
