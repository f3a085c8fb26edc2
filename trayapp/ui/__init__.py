"""Pixels: renders a State, tells wishes, decides nothing."""
