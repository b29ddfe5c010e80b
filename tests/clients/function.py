"""The function that fc.test.mjs deploys, with the vendor's own client for what it stores."""

import json
import os
from typing import Any


def handler(event: bytes, context: Any) -> str:
    """An object's event is noted in the bucket; an order from a test is carried out."""
    order = json.loads(event)
    print("from the function")
    if "events" in order:
        return _store(f"seen/{order['events'][0]['oss']['object']['key']}", context)
    if order["do"] == "store":
        return _store(order["key"], context)
    if order["do"] == "fail":
        raise ValueError("as it was told to")
    if order["do"] == "credentials":
        given = context.credentials
        return json.dumps(
            {
                "id": given.access_key_id,
                "secret": given.access_key_secret,
                "token": given.security_token,
            }
        )
    return json.dumps({"text": order.get("text"), "greeting": os.environ["GREETING"]})


def _store(key: str, context: Any) -> str:
    import oss2

    given = context.credentials
    auth = oss2.StsAuth(given.access_key_id, given.access_key_secret, given.security_token)
    bucket = oss2.Bucket(auth, os.environ["OSS_ENDPOINT"], os.environ["BUCKET"])
    bucket.put_object(key, b"x")
    return "stored"
