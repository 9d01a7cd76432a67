"""Runs one model for Millrace: loads it, then answers frames on the socket that it was started with (descriptor 3)."""
