"""The servers that are measured, each over another backend, all with the sandbox's mailboxes and secrets."""

import os
import signal
import subprocess
from pathlib import Path

from postgresql import PostgreSQL
from s3 import S3
from settings import BUILT, RESTANTE

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "RESTANTE_LOG": "warn"}


def seconds_of(pid):
    """Processor time of a process so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid, field):
    """VmHWM (peak) or VmRSS (now), in MB of 10^6 bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":")) * 1024 / 1e6


class Server:
    """A process that prints its address as the last word of its first line."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.process = self.url = None

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        line = self.process.stdout.readline()
        if " on http" not in line:
            raise RuntimeError(f"{self.name} did not start: {line!r}")
        self.url = line.split()[-1]
        return self

    @property
    def pid(self):
        return self.process.pid

    def helpers(self):
        """Other processes that work for this server."""
        return []

    def kill(self):
        """As when the machine dies, but for the file cache."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        if self.process is not None:
            self.kill()


def embedded(directory):
    """The product as it comes."""
    arguments = ["server", "--sandbox", "--strict", "--listen", "127.0.0.1:0", "--data", directory]
    return Server("embedded", [RESTANTE, *arguments])


def for_measuring(backend, directory):
    """Over a backend that is none; `control` is the product's own, in the same program."""
    directory.mkdir()
    over = "embedded" if backend == "control" else backend
    return Server(backend, [BUILT / "measuring", "server", over, directory])


class ScaledOut(Server):
    """The product on PostgreSQL and S3, by configuration."""

    def __init__(self, directory):
        directory.mkdir()
        os.chmod(directory, 0o755)
        self.postgresql, self.s3 = PostgreSQL(directory), S3()
        self.config = directory / "server.toml"
        super().__init__("postgresql", [RESTANTE, "server", "--config", self.config])
        try:
            self.configure(directory)
        except BaseException:
            self.stop()
            raise

    def configure(self, directory):
        (directory / "shared.key").write_text("TestKey\n")
        self.config.write_text(f"""
data = "{directory}/data"
shared_key_file = "{directory}/shared.key"

[listener]
listen = "127.0.0.1:0"

[store.postgresql]
url = "{self.postgresql.url}"

[store.s3]
bucket = "restante"
endpoint = "{self.s3.endpoint}"
access_key_id = "restante"
secret_access_key_file = "{self.s3.secret}"

[exchange]
require_certificate = false

[exchange.quota]
stored_bytes = 0
waiting_messages = 0
bytes_per_hour = 0

[api]
requests_per_second = 0
""")
        for mailbox in ("X26ABC1", "X26ABC2"):
            self.operate("mailbox", "add", mailbox, "--ods", "X26", "--password-stdin", text="password\n")
        both = [word for id in ("X26ABC1", "X26ABC2") for word in ("--send", id, "--receive", id)]
        self.operate("workflow", "allow", "TEST_WORKFLOW", *both)

    def operate(self, command, *arguments, text=""):
        words = [RESTANTE, command, "--config", self.config, *arguments]
        subprocess.run(words, input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def helpers(self):
        return self.postgresql.processes()

    def stop(self):
        super().stop()
        self.postgresql.stop()
        self.s3.stop()


class MeshSandbox(Server):
    """The MESH team's own, with everything in memory."""

    def __init__(self):
        script = '''
            set -e
            trap 'rm -f "$peer_log"' EXIT
            source scripts/mesh-sandbox >&2
            echo "$peer on $peer_url"
            wait $peer || true
        '''
        super().__init__("mesh-sandbox", ["bash", "-c", script])
        self.peer = None

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if " on http" not in line:
            raise RuntimeError("mesh-sandbox cannot be installed or started here")
        self.peer, self.url = int(line.split()[0]), line.split()[-1]
        return self

    @property
    def pid(self):
        return self.peer

    def stop(self):
        if self.peer is not None:
            os.kill(self.peer, signal.SIGTERM)
            self.process.wait()
            self.process.stdout.close()


def server(backend, directory):
    """One that is still to be started, in a directory of its own."""
    if backend == "embedded":
        return embedded(directory / backend)
    if backend == "postgresql":
        return ScaledOut(directory / backend)
    if backend == "mesh-sandbox":
        return MeshSandbox()
    return for_measuring(backend, directory / backend)
