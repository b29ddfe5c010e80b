"""What can be asked of each recipe. Standard library only: whoever reads settings must start fast.

One module per recipe with one frozen dataclass, whose `__post_init__` raises OptionError on what
makes no sense. The recipes themselves are in `shared.imaging.recipes`.
"""
