"""Long work in a child process, with progress, cancel and resume."""
