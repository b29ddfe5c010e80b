"""What is to be: one value made of the template, the settings and the code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.deploy.errors import DeployError
from scripts.deploy.template import TemplateFacts

LIVE: Final = "live"
"""The alias that triggers and wake-ups go to."""
CODE_BUCKET, DEPLOYMENT, QUALIFIER = "CodeBucket", "Deployment", "Qualifier"
DECIDED: Final = frozenset({DEPLOYMENT, QUALIFIER})
"""Parameters that follow from the rest, and are not to be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A function's package; `sha256` is that of its contents."""

    function: str
    sha256: str
    path: Path

    @property
    def size(self) -> int:
        """Bytes of the zip."""
        return self.path.stat().st_size

    @property
    def description(self) -> str:
        """By which the package is known again in the account."""
        return f"Maskline {self.function} sha256:{self.sha256}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A deployment. `given` are parameters that the user chose, secrets among them."""

    stack: str
    service: str
    bucket: str
    folders: tuple[str, ...]
    """Folders of the bucket that hold photographs and results."""
    template: TemplateFacts
    given: Mapping[str, str] = field(repr=False)
    codes: tuple[Code, ...]

    @property
    def functions(self) -> list[str]:
        """Their names."""
        return sorted(self.template.packages)

    @property
    def code_bucket(self) -> str:
        """Where the packages lie."""
        return self.given.get(CODE_BUCKET) or f"{self.bucket}-code"

    def key(self, code: Code) -> str:
        """Where a package lies; other contents lie elsewhere."""
        return f"{self.service}/{code.function}-{code.sha256[:16]}.zip"

    @property
    def deployment(self) -> str:
        """New where code, template or an open parameter is, and only there."""
        plain = {k: v for k, v in self.given.items() if k not in self.template.secret}
        facts = [self.template.text, plain, [(c.function, c.sha256) for c in self.codes]]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def parameters(self) -> dict[str, str]:
        """All that the template is given; never to be shown whole."""
        packages = {self.template.packages[c.function]: self.key(c) for c in self.codes}
        decided = {DEPLOYMENT: self.deployment, QUALIFIER: LIVE, CODE_BUCKET: self.code_bucket}
        return {**self.given, **packages, **decided}


def parameters_given(
    template: TemplateFacts, variables: Mapping[str, str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """The template's parameters from settings; what is `chosen` by a parameter's name goes before.

    Raises:
        DeployError: a name is no parameter, is decided by the deployment, or one is missing.
    """
    if unknown := sorted(chosen.keys() - template.names):
        raise DeployError(f"{', '.join(unknown)}: no parameter of the template; correct the name")
    ours = DECIDED | set(template.packages.values())
    if fixed := sorted(chosen.keys() & ours):
        raise DeployError(f"{', '.join(fixed)}: set by deploying; leave it out")
    found = {
        parameter: variables[name]
        for name, parameter in template.settings.items()
        if variables.get(name) and parameter not in ours
    }
    found.update(chosen)
    if missing := sorted(template.required - found.keys() - {CODE_BUCKET} - ours):
        raise DeployError(f"{', '.join(missing)}: missing; {_remedy(template, missing)}")
    return found


def _remedy(template: TemplateFacts, missing: Sequence[str]) -> str:
    names = {parameter: name for name, parameter in template.settings.items()}
    return "set " + ", ".join(names.get(parameter, parameter) for parameter in missing)
