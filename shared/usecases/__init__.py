"""One thing the pipeline does per module, written against the ports only."""
