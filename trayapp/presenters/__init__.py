"""What stands behind a window: it listens to the app, asks the machine, and hands the window values to render."""
