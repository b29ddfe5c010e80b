"""The page that shows results: photographs, the people in them, and everything made of them.

One HTML file and a folder of small pictures. Nothing is fetched, addresses are relative, so that
the folder can be moved, zipped, opened from a disk or put into a bucket. File names are strangers'
words: they reach the page through `markup` alone, which escapes them.
"""
