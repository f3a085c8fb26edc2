"""Facts in, decisions out: no Qt, no files, no clock, no process. Readable in under an hour."""
