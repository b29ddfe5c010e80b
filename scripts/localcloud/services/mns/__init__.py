"""MNS (SMQ) of the local cloud: topics, subscriptions and queues.

`queues.py`, `topics.py` and `storage.py` hold state and rules and know no HTTP; `delivery.py`
pushes to subscribers; `responses.py` decodes and encodes; `urls.py` names the operations;
`service.py` is the server's face.
"""
