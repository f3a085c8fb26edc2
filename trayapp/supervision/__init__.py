"""Qt without pixels: runs the server, watches it, and tells the lifecycle what happened."""
