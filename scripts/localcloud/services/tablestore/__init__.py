"""Tablestore of the local cloud: tables, rows, conditions, ranges and secondary indexes.

`models.py` and what it is built from know no HTTP; `responses.py` decodes and encodes protobuf
and PlainBuffer; `urls.py` names the operations; `service.py` is the server's face.
"""
