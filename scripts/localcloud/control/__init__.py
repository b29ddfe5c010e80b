"""The `/_control/` interface: what the provider saw, and accidents, time and settings on order."""
