"""EventBridge of the local cloud: PutEvents, verified and listed; rules are not its business."""
