"""A Garage cluster of three nodes, each thing kept by all of them, with Garage's own defaults."""

import json
import secrets
import signal
import socket
import subprocess
import time

BUCKET, REGION = "restante", "eu-west-2"
PATIENCE = 180  # seconds until nodes that do not see each other count as broken


class Node:
    def __init__(self, program, directory, rpc_port, s3_port, rpc_secret):
        self.program, self.directory, self.rpc_port, self.s3_port = program, directory, rpc_port, s3_port
        self.process = None
        directory.mkdir()
        self.config = directory / "garage.toml"
        self.config.touch(mode=0o600)
        self.config.write_text(f"""
metadata_dir = "{directory}/metadata"
data_dir = "{directory}/data"
db_engine = "lmdb"
replication_factor = 3
rpc_bind_addr = "127.0.0.1:{rpc_port}"
rpc_public_addr = "127.0.0.1:{rpc_port}"
rpc_secret = "{rpc_secret}"

[s3_api]
s3_region = "{REGION}"
api_bind_addr = "127.0.0.1:{s3_port}"
root_domain = ".s3.localhost"
""")

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.s3_port}"

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-c", self.config, "server"],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        for port in (self.rpc_port, self.s3_port):
            wait_for(port, self.process)

    def is_well(self):
        """Whether it sees the others, and all have what they should."""
        # it fails while too few are there
        return "HEALTHY" in self.ask("health").stdout.split("\n")[0].split()

    def ask(self, *words):
        command = [self.program, "-c", self.config, *map(str, words)]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def tell(self, *words):
        told = self.ask(*words)
        if told.returncode != 0:
            raise RuntimeError(f"garage {' '.join(words)}: {told.stderr}")
        return told.stdout

    def kill(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


class Cluster:
    def __init__(self, program, directory, ports):
        self.key, self.secret = "GK" + secrets.token_hex(12), secrets.token_hex(32)
        rpc_secret = secrets.token_hex(32)
        self.nodes = [
            Node(program, directory / f"garage-{number + 1}", *ports[2 * number : 2 * number + 2], rpc_secret)
            for number in range(3)
        ]

    def start(self):
        for node in self.nodes:
            node.start()
        first = self.nodes[0]
        names = [node.tell("node", "id", "-q").strip() for node in self.nodes]
        for name in names[1:]:
            first.tell("node", "connect", name)
        for node in self.nodes:
            # without it a node that comes back does not look for the others at once
            node.config.write_text(f"bootstrap_peers = {json.dumps(names)}\n" + node.config.read_text())
        for number, name in enumerate(names, 1):
            first.tell("layout", "assign", "-z", f"zone-{number}", "-c", "10GB", name.split("@")[0])
        first.tell("layout", "apply", "--version", "1")
        first.tell("key", "import", "--yes", "-n", "restante", self.key, self.secret)
        first.tell("bucket", "create", BUCKET)
        first.tell("bucket", "allow", "--read", "--write", "--owner", BUCKET, "--key", self.key)

    def start_again(self, nodes):
        """Returns once every node sees every other: each looks for those it lost every 30 seconds."""
        for node in nodes:
            node.start()
        until = time.monotonic() + PATIENCE
        while not all(each.is_well() for each in self.nodes):
            if time.monotonic() > until:
                told = [each.ask("status") for each in self.nodes]
                raise RuntimeError(f"after {PATIENCE} s not all of Garage was well: {[one.stdout + one.stderr for one in told]}")
            time.sleep(0.2)

    def stop(self):
        for node in self.nodes:
            node.kill()


def wait_for(port, process):
    """Until somebody listens."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{process.args} ended with {process.returncode}")
