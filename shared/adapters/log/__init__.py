"""The event sink that writes a log line."""
