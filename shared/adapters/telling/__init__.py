"""Ports that tell what goes through them: a line of the log for each fact and each measure."""
