"""Exchange servers on one PostgreSQL and one bucket: mutual TLS, tokens, rights, as they come but for quotas."""

import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from garage import BUCKET, REGION

sys.path.append(str(Path(__file__).parent.parent / "crash"))
from mesh import RECEIVER, SENDER, WORKFLOW  # noqa: E402

ODS = "X26"


class Server:
    """Comes back on the port it had."""

    def __init__(self, program, directory, name, port, config):
        self.program, self.directory, self.name, self.port = program, directory, name, port
        self.process = self.operations = None
        (directory / f"{name}.toml").write_text(config)

    def start(self):
        with open(self.directory / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "server", "--config", f"{self.name}.toml"],
                cwd=self.directory, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
                env={**os.environ, "RESTANTE_LOG": "warn"},
            )  # fmt: skip
        lines = [self.process.stdout.readline() for _ in range(2)]
        found = re.search(r"http://\S+(?=/metrics)", lines[1])
        if not found:
            raise RuntimeError(f"{self.name} did not start: {lines}")
        self.operations = found[0]

    def tells(self, path):
        """What the operations listener answers: the status and the text."""
        try:
            with urllib.request.urlopen(self.operations + path, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def kill(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process.stdout.close()
            self.process = None


class Site:
    """Two servers, of which each talks to a Garage node of its own."""

    def __init__(self, program, directory, ports, pair, cluster):
        self.program, self.directory = program, directory
        for name, secret in (("shared.key", "TestKey"), ("s3.secret", cluster.secret)):
            (directory / name).touch(mode=0o600)
            (directory / name).write_text(secret + "\n")
        self.servers = [
            Server(program, directory, f"server-{number}", port, config(number, port, pair, cluster, node))
            for number, (port, node) in enumerate(zip(ports, cluster.nodes), 1)
        ]
        self.run("certificate", "issue-server", "--name", "localhost", "--out", "tls")
        self.run("certificate", "issue", "--ods", ODS, "--local-id", "client", "--out", "client")
        for mailbox in (SENDER, RECEIVER):
            self.run("mailbox", "add", mailbox, "--ods", ODS, "--password-stdin", text="password\n")
        both = [word for id in (SENDER, RECEIVER) for word in ("--send", id, "--receive", id)]
        self.run("workflow", "allow", WORKFLOW, *both)
        self.tls = ssl.create_default_context(cafile=directory / "tls/ca.pem")
        self.key = next((directory / "client").glob("*.key.pem"))
        self.certificate = self.key.with_name(self.key.name.replace(".key.pem", ".pem"))
        self.tls.load_cert_chain(self.certificate, self.key)

    def run(self, *words, text=None):
        """An operator's command. Returns what it tells."""
        command = [self.program, *words, "--config", "server-1.toml"]
        told = subprocess.run(command, cwd=self.directory, input=text, text=True, stdout=subprocess.PIPE)
        if told.returncode != 0:
            raise RuntimeError(f"restante {' '.join(words)} ended with {told.returncode}: {told.stdout}")
        return told.stdout

    def start(self):
        for server in self.servers:
            server.start()

    def stop(self):
        for server in self.servers:
            server.kill()


def config(number, port, pair, cluster, node):
    # data and registry are each server's own, the vault's key is everybody's
    return f"""
data = "data-{number}"
shared_key_file = "shared.key"
key_file = "vault.key"
operations = "127.0.0.1:0"

[listener]
listen = "127.0.0.1:{port}"

[listener.tls]
certificate = "tls/server.pem"
key = "tls/server.key.pem"
client_ca = "tls/ca.pem"

[store.postgresql]
url = "{pair.url}"

[store.s3]
bucket = "{BUCKET}"
region = "{REGION}"
endpoint = "{node.endpoint}"
access_key_id = "{cluster.key}"
secret_access_key_file = "s3.secret"

[exchange.quota]
stored_bytes = 0
waiting_messages = 0
bytes_per_hour = 0

[api]
requests_per_second = 0
"""
