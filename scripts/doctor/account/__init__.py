"""`maskline doctor --account`: what only a real account tells, asked and written down."""
