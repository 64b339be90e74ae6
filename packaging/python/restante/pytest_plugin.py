"""The pytest fixture `restante_sandbox`. pytest finds it by itself once the package is installed."""

from __future__ import annotations

from typing import Iterator

import pytest

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
