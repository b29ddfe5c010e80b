"""`maskline engine serve`: DashScope's API over the embedded engine, alone, for use in earnest."""
