"""Programs for people: the command line, the local cloud, the engine, packaging. Never shipped to a function."""
