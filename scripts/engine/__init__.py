"""The embedded engine: a picture in, one mask per person out, offline.

Rule of this folder: it imports nothing of the project (it can be lifted out whole), and everything
heavy (networks' runtimes, Pillow) is imported where it is used, so that importing it stays cheap.
"""
