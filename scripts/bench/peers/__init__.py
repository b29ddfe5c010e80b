"""Plain programs that do with the vendors' SDKs what Maskline does, and keep no state.

Each is started as `python -m scripts.bench.peers.NAME`, reads one JSON object on stdin (see
`scripts.bench.peer`), and writes one on stdout. They are written to be as good as a script gets.
"""
