"""How long a server may take for its end. What is done after that is the guard's."""

PATIENCE_S = 15.0
"""How long the server may take to end its own workers after SIGTERM; the real one takes 1-2 s while serving."""
LOADING_PATIENCE_S = 4.0
"""Likewise while it loads: there is no answer to finish, and some moments of a start are deaf to SIGTERM."""
