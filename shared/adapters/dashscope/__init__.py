"""The task service on DashScope, through shared.transport."""
