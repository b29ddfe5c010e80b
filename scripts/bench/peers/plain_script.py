"""The same calls with `oss2` and `dashscope`, and no state: upload, sign, submit, wait, keep.

Killed half way it knows nothing; an answer that is lost is paid for again. The pictures are made
here, so that nothing but the calls is measured.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import oss2

from scripts.bench.peers.sdk import awaited, is_done, point_at, submitted
from scripts.bench.pictures import photo

FILES = {"output_image_url": "mask.png", "output_vis_image_url": "vis.png"}


def main() -> None:
    """Do every picture of the job on stdin, so many at a time."""
    job = json.load(sys.stdin)
    point_at(job)
    photos = [photo(number) for number in range(job["images"])]
    began = time.monotonic()
    with ThreadPoolExecutor(job["workers"]) as pool:
        done = sum(pool.map(partial(_one, job), range(len(photos)), photos))
    print(json.dumps({"done": done, "seconds": time.monotonic() - began}))


def _one(job: dict[str, Any], number: int, data: bytes) -> bool:
    auth = oss2.AuthV4(job["access_key_id"], job["access_key_secret"])
    bucket = oss2.Bucket(auth, job["oss_endpoint"], job["bucket"], region=job["region"])
    key = f"bench/{number}.jpg"
    bucket.put_object(key, data)
    answer = awaited(submitted(bucket.sign_url("GET", key, 3600, slash_safe=True)))
    if not is_done(answer):
        return False
    for field, name in FILES.items():
        with urllib.request.urlopen(answer.output[field]) as file:  # noqa: S310 - the provider's URL
            bucket.put_object(f"bench/results/{number}/{name}", file.read())
    return True


if __name__ == "__main__":
    main()
