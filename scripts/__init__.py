"""Programs for people: command line, local cloud, engine, packaging; no function ships them."""
