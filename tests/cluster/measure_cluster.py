"""What a cluster costs, and what of it is the S3 service's own: `measure_cluster.py RESTANTE GARAGE`. See scripts/measure-cluster."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from bare import put_in_parts
from site_of_cluster import start

sys.path.append(str(Path(__file__).parent.parent / "crash"))
from mesh import RECEIVER, SENDER, WORKFLOW  # noqa: E402

ROUNDS = int(os.environ.get("CLUSTER_ROUNDS", 3))
SECONDS = int(os.environ.get("CLUSTER_SECONDS", 8))
CHUNK, PART = 20_000_000, 5 * 1024 * 1024


def bench(cluster, profile, connections, *more):
    site = cluster.site
    words = {
        "url": f"https://localhost:{site.servers[0].port}", "mailbox": SENDER, "to": RECEIVER, "workflow": WORKFLOW,
        "profile": profile, "connections": connections, "seconds": SECONDS, "format": "json",
        "ca": site.directory / "tls/ca.pem", "cert": site.certificate, "key": site.key,
    }  # fmt: skip
    command = [cluster.program, "bench", *(word for name, value in words.items() for word in (f"--{name}", str(value))), *more]
    secrets = {**os.environ, "MESH_PASSWORD": "password", "SHARED_KEY": "TestKey", "RESTANTE_LOG": "error"}
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=secrets)
    rows = {row["request"]: row for row in json.loads(told.stdout)["requests"]}
    failed = {name: row["failed"] for name, row in rows.items() if row["failed"]}
    if failed:
        sys.exit(f"requests failed: {failed}")
    return rows


def rate_of_bare_puts(cluster, size, connections):
    """A second, each connection one after the other."""
    counts, ended, body = [0] * connections, time.monotonic() + SECONDS, os.urandom(size)

    def work(number):
        client = cluster.bare()
        while time.monotonic() < ended:
            client.put(body)
            counts[number] += 1

    threads = [threading.Thread(target=work, args=[number]) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def seconds_of(work):
    begun = time.monotonic()
    result = work()
    return time.monotonic() - begun, result


def measure(cluster):
    figures = {}

    def note(name, value):
        figures.setdefault(name, []).append(value)
        print(f"  {name}: {value:.3g}", file=sys.stderr, flush=True)

    body, clients = os.urandom(CHUNK), [cluster.bare() for _ in range(4)]
    for _ in range(ROUNDS):
        note("1 KB, 16 connections, ours, a second", bench(cluster, "send", 16, "--size", "1024")["send"]["per_second"])
        for connections in (1, 8):
            name = f"100 KB, {connections} connections, "
            note(name + "bare PUT, a second", rate_of_bare_puts(cluster, 100_000, connections))
            row = bench(cluster, "send", connections, "--size", "100000")["send"]
            note(name + "ours, a second", row["per_second"])
        took, name = seconds_of(lambda: clients[0].put(body))
        note("20 MB up, bare, whole, s", took)
        note("20 MB down, bare, s", seconds_of(lambda: clients[0].get(name))[0])
        for together in (1, 4):
            took, _ = seconds_of(lambda: put_in_parts(clients[:together], body, PART))
            note(f"20 MB up, bare, parts of 5 MiB, {together} at once, s", took)
        rows = bench(cluster, "large", 1, "--large-size", str(CHUNK * 5), "--chunk-size", str(CHUNK))
        for way, row in (("up", "upload"), ("down", "download")):
            note(f"20 MB {way}, ours, s", CHUNK / 1e6 / rows[row]["megabytes_per_second"])
    return figures


def main():
    program, garage = (Path(word).resolve() for word in sys.argv[1:3])
    directory = Path(tempfile.mkdtemp(prefix="measure-cluster-", dir=os.environ.get("CLUSTER_DIRECTORY", "/var/tmp")))
    directory.chmod(0o755)
    try:
        with ExitStack() as stack:
            figures = measure(start(stack, program, garage, directory))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("| what | median | of each round |")
    print("| --- | --- | --- |")
    for name, values in figures.items():
        print(f"| {name} | {statistics.median(values):.3g} | {', '.join(f'{value:.3g}' for value in values)} |")


main()
