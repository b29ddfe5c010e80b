"""Asynchronous invocation: brings one result home."""
