"""What Maskline costs and how fast it is, against plain programs that do the same (`make bench`).

Rule of this folder: everything is measured from outside, through the vendors' SDKs, the ledger of
a local cloud and the system's own accounts; contenders are processes, and the work is the same.
Nothing listens or talks beyond loopback.
"""
