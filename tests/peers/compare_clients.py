"""`restante client` beside the Python library doing the same work against the same server, in turn.

Started by scripts/compare-python-client, with what it needs in the environment. Prints Markdown.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

URL = os.environ["MESH_URL"]
CERTIFICATES = os.environ["MESH_CERTIFICATES"]
RESTANTE = os.environ["RESTANTE"]
SMALL = int(os.environ.get("COMPARE_SMALL", 1000))
LARGE = int(os.environ.get("COMPARE_LARGE_MB", 1000)) * 1000 * 1000
ROUNDS = int(os.environ.get("COMPARE_ROUNDS", 3))
LARGE_ROUNDS = int(os.environ.get("COMPARE_LARGE_ROUNDS", 1))
LATENCIES = 30
POLL_SECONDS = 0.2
CHUNK = 20 * 1024 * 1024
SENDER, RECEIVER = "X26ABC1", "X26ABC2"

CONTROL = """<DTSControl>
  <Version>1.0</Version>
  <AddressType>DTS</AddressType>
  <MessageType>Data</MessageType>
  <From_DTS>{sender}</From_DTS>
  <To_DTS>{receiver}</To_DTS>
  <LocalId>{base}</LocalId>
  <WorkflowId>TEST_WORKFLOW</WorkflowId>
  <AllowChunking>Y</AllowChunking>
</DTSControl>
"""


class Mailboxes:
    """The directories of both mailboxes, and an application that fills OUT."""

    def __init__(self, place):
        self.place = Path(place)
        for mailbox in (SENDER, RECEIVER):
            for name in ("IN", "OUT", "SENT", "FAILED", "TEMP"):
                (self.place / mailbox / name).mkdir(parents=True)

    def put(self, base, data=None, copy_of=None):
        out = self.place / SENDER / "OUT"
        if copy_of:  # no second name: files with several are refused
            shutil.copyfile(copy_of, out / f"{base}.dat")
        else:
            (out / f"{base}.dat").write_bytes(data)
        control = CONTROL.format(sender=SENDER, receiver=RECEIVER, base=base)
        (self.place / "control").write_text(control)
        os.rename(self.place / "control", out / f"{base}.ctl")

    def count(self, mailbox, name):
        return sum(1 for entry in os.scandir(self.place / mailbox / name) if entry.name.endswith(".ctl"))

    def clear(self):
        for mailbox, name in ((SENDER, "SENT"), (RECEIVER, "IN")):
            for entry in os.scandir(self.place / mailbox / name):
                os.unlink(entry)


class Ours:
    name = "restante client"

    def command(self, mailboxes, served):
        text = f"""
[server]
url = "{URL}"
shared_key = "TestKey"
certificate = "{CERTIFICATES}/x26.pem"
private_key = "{CERTIFICATES}/x26.key.pem"
trust = "{CERTIFICATES}/ca.pem"

[options]
poll_seconds = {POLL_SECONDS}
settle_seconds = 0
chunk_size = {CHUNK}
"""
        for mailbox in served:
            directory = mailboxes.place / mailbox
            text += f'\n[[mailbox]]\nid = "{mailbox}"\npassword = "password"\ndirectory = "{directory}"\n'
        config = mailboxes.place / "client.toml"
        config.write_text(text)
        return [RESTANTE, "client", "--config", str(config)]


class Python:
    name = "Python library"

    def command(self, mailboxes, served):
        config = mailboxes.place / "client.json"
        config.write_text(json.dumps({
            "url": URL, "shared_key": "TestKey", "certificate": f"{CERTIFICATES}/x26.pem",
            "private_key": f"{CERTIFICATES}/x26.key.pem", "trust": f"{CERTIFICATES}/ca.pem",
            "poll_seconds": POLL_SECONDS, "chunk_size": CHUNK,
            "mailboxes": [
                {"id": mailbox, "password": "password", "directory": str(mailboxes.place / mailbox)}
                for mailbox in served
            ],
        }))
        agent = Path(__file__).with_name("python_directory_client.py")
        return [sys.executable, str(agent), str(config)]


def run_once(client, mailboxes, mailbox):
    """Seconds and peak memory in MB of one round of one mailbox."""
    command = client.command(mailboxes, [mailbox]) + ["--once"]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env={**os.environ, "RESTANTE_LOG": "error"})
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, told.decode()
    return time.perf_counter() - start, usage.ru_maxrss * 1024 / 1e6


def nothing_to_do(client, mailboxes):
    seconds, memory = zip(*(run_once(client, mailboxes, SENDER) for _ in range(10)))
    yield "start, handshake, empty inbox, stop (median of 10), ms", statistics.median(seconds) * 1000
    yield "peak memory of that, MB", max(memory)


def small(client, mailboxes):
    for n in range(SMALL):
        mailboxes.put(f"small-{n}", os.urandom(1000))
    sending, _ = run_once(client, mailboxes, SENDER)
    assert mailboxes.count(SENDER, "SENT") == SMALL
    collecting, _ = run_once(client, mailboxes, RECEIVER)
    assert mailboxes.count(RECEIVER, "IN") == SMALL
    mailboxes.clear()
    yield f"{SMALL} messages of 1 kB through one mailbox: sent a second", SMALL / sending
    yield "collected a second", SMALL / collecting


def latency(client, mailboxes):
    """From the rename of .ctl into OUT to .ctl in IN, both mailboxes served, at odd moments."""
    process = subprocess.Popen(client.command(mailboxes, [SENDER, RECEIVER]),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    taken = []
    for n in range(LATENCIES + 1):
        time.sleep(0.1 + 0.037 * (n % 7))
        mailboxes.put(f"latency-{n}", b"a small message")
        start = time.perf_counter()
        while mailboxes.count(RECEIVER, "IN") <= n:
            time.sleep(0.001)
        taken.append(time.perf_counter() - start)
    process.kill()
    process.wait()
    run_once(client, mailboxes, RECEIVER)  # what was not acknowledged yet
    mailboxes.clear()
    taken = sorted(taken[1:])  # the first waits for the start
    yield f".ctl in OUT to .ctl in IN, polling every {POLL_SECONDS} s: median, ms", statistics.median(taken) * 1000
    yield "the slowest but two of 30, ms", taken[-3] * 1000


def large(client, mailboxes, file):
    for direction, mailbox in (("up", SENDER), ("down", RECEIVER)):
        if direction == "up":
            mailboxes.put("large", copy_of=file)
        seconds, memory = run_once(client, mailboxes, mailbox)
        yield f"{LARGE // 1000000} MB {direction}, MB/s", LARGE / 1e6 / seconds
        yield f"peak memory of that ({direction}), MB", memory
    received = next(path for path in (mailboxes.place / RECEIVER / "IN").glob("*.dat"))
    subprocess.run(["cmp", file, received], check=True)
    mailboxes.clear()


def rounds_of(measure, times):
    """Each round measures both, ours first in every other; the medians count."""
    figures = {}
    for n in range(times):
        for client in (CLIENTS if n % 2 == 0 else CLIENTS[::-1]):
            with tempfile.TemporaryDirectory() as place:
                for name, value in measure(client, Mailboxes(place)):
                    figures.setdefault(name, {}).setdefault(client.name, []).append(value)
    for name, by_client in figures.items():
        ours, theirs = (statistics.median(by_client[client.name]) for client in CLIENTS)
        spread = ", ".join(f"{value:.0f}" for value in by_client[Ours.name])
        print(f"| {name} | {ours:.4g} | {theirs:.4g} | {ours / theirs:.2f} |  <!-- ours: {spread} -->", flush=True)


CLIENTS = (Ours(), Python())


def main():
    print(f"| | {CLIENTS[0].name} | {CLIENTS[1].name} | ratio |\n|---|---|---|---|")
    rounds_of(nothing_to_do, ROUNDS)
    rounds_of(latency, ROUNDS)
    rounds_of(small, ROUNDS)
    if LARGE:
        with tempfile.NamedTemporaryFile() as file:
            for _ in range(LARGE // 1000000):
                file.write(os.urandom(1000000))
            file.flush()
            rounds_of(lambda client, mailboxes: large(client, mailboxes, file.name), LARGE_ROUNDS)


main()
