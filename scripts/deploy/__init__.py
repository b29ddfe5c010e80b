"""`maskline deploy`: from what is wanted (template, settings, code) and what is there to the deed.

ROS owns the resources; the code of the functions, versions and the alias `live` are set beside it.
Nothing is remembered here: every step looks at the account first, so that any of them may be
repeated after a kill. Knows ports only; `scripts.cli` asks and tells.
"""
