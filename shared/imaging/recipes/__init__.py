"""What is made of a scene: one module per recipe, each with `render(scene, options)`.

A recipe yields its files one at a time, so that only one is in memory. It reads nothing but the
scene and its options, and is imported when it is first asked for (see `catalogue`).
"""
