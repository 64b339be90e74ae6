"""Rehearsals: a sending or a receiving system on trial, and the pack of evidence that comes of it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Optional

from restante.sandbox import PATIENCE, SandboxError, program

#: Seconds that the program may take until it listens: it makes certificates and keys first.
START = 120
#: Seconds that the pack may take.
PACK = 120


class RehearsalError(SandboxError):
    """The rehearsal could not be started, or left no result."""


class Rehearsal:
    """A sending system on trial: an exchange with test patients, and a practice that answers as the NHS's harness does.

        with restante.Rehearsal(tmp_path / "pack") as rehearsal:
            ...  # a MESH client of yours at rehearsal.url sends what the scripts ask for
        assert rehearsal.result["good"]

    `out` is where the pack is written: an absent or empty directory. `options` are those of `restante rehearse sender`
    by their names: `ruleset="1.3"`, `until="10m"`, `patients=path`, `feature=[path]`, `any_number=True`. It ends at the end
    of the block, or earlier by `until`. Windows has no Ctrl-C for another program: there `until` has to be given.
    """

    def __init__(self, out: "os.PathLike[str]", **options: Any):
        #: The pack, once the rehearsal has ended.
        self.pack = Path(out)
        #: What the program said in the end: `good`, `rows`, `failed`. None before.
        self.result: "Optional[dict[str, Any]]" = None
        if os.name == "nt" and not options.get("until"):
            raise RehearsalError("expected until=…, such as 10m: on Windows a rehearsal cannot be ended from outside")
        self._directory = tempfile.TemporaryDirectory(prefix="restante-rehearsal-")
        #: Everything that reaches the exchange: `connect.env`, `client.toml`, certificates, `mailbox/OUT`.
        self.connect = Path(self._directory.name) / "connect"
        ports = ["--port", "0", "--mesh-port", "0", "--dir", self._directory.name]
        self._process = _start(["sender", "--out", os.fspath(out), *ports], options)
        try:
            self._wait_until_it_listens()
        except BaseException:
            self._process.kill()
            self._process.communicate()
            self._directory.cleanup()
            raise
        settings = _settings(self.connect / "connect.env")
        #: Where a MESH client connects.
        self.url: str = settings["MESH_URL"]
        #: The mailbox of the system on trial.
        self.mailbox: str = settings["MESH_MAILBOX"]
        self.password: str = settings["MESH_PASSWORD"]
        self.shared_key: str = settings["MESH_SHARED_KEY"]
        #: PEM files for mutual TLS.
        self.certificate: str = settings["MESH_CERTIFICATE"]
        self.key: str = settings["MESH_KEY"]
        self.authority: str = settings["MESH_CA"]

    def _wait_until_it_listens(self) -> None:
        # the last of the files that it writes, after it listens
        written = self.connect / "send.sh"
        late = time.monotonic() + START
        while not written.exists():
            if self._process.poll() is not None:
                raise RehearsalError(f"restante ended with exit code {self._process.returncode}; what it said is on stderr")
            if time.monotonic() > late:
                raise RehearsalError(f"restante did not listen within {START} seconds")
            time.sleep(0.1)

    def finish(self) -> "dict[str, Any]":
        """Ends the rehearsal and has the pack written. The result; it may be called again."""
        if self.result is None:
            if os.name != "nt":
                self._process.send_signal(signal.SIGINT)
            try:
                self.result = _result(self._process, None if os.name == "nt" else PACK)
            finally:
                self._directory.cleanup()
        return self.result

    def __enter__(self) -> "Rehearsal":
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()


def rehearse_receiver(out: "os.PathLike[str]", **options: Any) -> "dict[str, Any]":
    """A receiving system on trial, which runs meanwhile: sends it good and bad messages and judges its answers.

    `options` are those of `restante rehearse receiver` by their names: `directories=path` or `config=path`,
    `payload="update-record"`, `case=["RX-N12"]`, `seed=1`, `answer_within="30s"`. `own=True` is `--self`. The result:
    `good`, `cases`, `failed`, `missing`; the pack is in `out`.
    """
    return _result(_start(["receiver", "--out", os.fspath(out)], options), None)


def _start(command: "list[str]", options: "dict[str, Any]") -> "subprocess.Popen[str]":
    arguments = [program(), "rehearse", *command, "--format", "json"]
    for name, value in options.items():
        option = "--self" if name == "own" else "--" + name.replace("_", "-")
        if value is True:
            arguments.append(option)
        elif value is not None and value is not False:
            several = value if isinstance(value, (list, tuple)) else [value]
            for one in several:
                arguments += [option, os.fspath(one) if isinstance(one, os.PathLike) else str(one)]
    environment = dict(os.environ)
    environment.setdefault("RESTANTE_LOG", "error")
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)


def _result(process: "subprocess.Popen[str]", patience: "Optional[float]") -> "dict[str, Any]":
    try:
        told, _ = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate(timeout=PATIENCE)
        raise RehearsalError(f"the pack was not written within {patience} seconds") from None
    try:
        return json.loads(told)
    except ValueError:
        raise RehearsalError(f"restante ended with exit code {process.returncode}; what it said is on stderr") from None


def _settings(file: Path) -> "dict[str, str]":
    """The variables of a file that a shell could take in."""
    words = shlex.split(file.read_text(encoding="utf-8"), comments=True)
    return dict(word.split("=", 1) for word in words)
