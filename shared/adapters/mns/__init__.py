"""The event sink on an MNS topic, and the failure queue."""
