"""The project's templates, resolved with the least that a person must fill in."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from scripts.localcloud.templates.document import load_template
from scripts.localcloud.templates.resolution import Account, Resource, resolve_template

PROJECT: Final = Path(__file__).parents[3]
TEMPLATE: Final = PROJECT / "template.yml"
ACCOUNT: Final = Account(region="cn-beijing", account_id="1234567890123456")
NEEDED: Final = {"BucketName": "photos", "CodeBucket": "code", "DashScopeApiKey": "sk-" + "0" * 32}
EXISTING: Final = {"MakeBucket": "false", "MakeTablestore": "false", "MakeAlarms": "false"}


@lru_cache
def document(path: Path = TEMPLATE, /) -> dict[str, Any]:
    return load_template(path)


def resolved(path: Path = TEMPLATE, /, **changes: Any) -> dict[str, Resource]:
    return resolve_template(document(path), {**NEEDED, **changes}, ACCOUNT)
