"""Events to an HTTP receiver, signed by the Standard Webhooks specification."""
