"""The command line: one module for each command; those that need no Qt do not import it."""
