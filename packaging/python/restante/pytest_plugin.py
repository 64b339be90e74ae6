"""The pytest fixtures `restante_sandbox` and `restante_rehearsal`. pytest finds them by itself once the package is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from restante.rehearsal import Rehearsal
from restante.sandbox import Sandbox


@pytest.fixture(scope="session")
def restante_sandbox_process() -> "Iterator[Sandbox]":
    """The sandbox of a whole run, for tests that share what is in it."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def restante_sandbox(restante_sandbox_process: Sandbox) -> Sandbox:
    """A MESH sandbox with the mailboxes X26ABC1, X26ABC2 and X26ABC3, empty at the beginning of each test."""
    restante_sandbox_process.reset()
    return restante_sandbox_process


@pytest.fixture
def restante_rehearsal(tmp_path: Path) -> "Iterator[Rehearsal]":
    """A rehearsal of a sending system, its pack in `tmp_path / "pack"`. `finish()` gives the result; the test's end does too."""
    with Rehearsal(tmp_path / "pack") as rehearsal:
        yield rehearsal
