"""Timer trigger and wake-up: drives the tasks."""
