"""Hostile and good clients together: `soak.py PROGRAM [--minutes N] [--json FILE]`. See scripts/soak."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from hostile import Hostile
from site_of_soak import GOOD, GOOD_TO, KEY, PASSWORD, WORKFLOW, Site

LIMIT = 100  # milliseconds
# what the good clients send: bytes, a second, connections
SENDS = {"1 KB": (1024, 20, 8), "1 MB": (1_000_000, 1, 2)}
# of all settings that count what was limited
COUNTED = (
    "restante_slow_readers_total", "restante_slow_bodies_total", "restante_connections_refused_total",
    "restante_tls_handshakes_refused_total", "restante_refused_calls_total", "restante_requests_put_off_total",
    "restante_answers_refused_for_memory_total", "restante_bodies_refused_for_memory_total",
    "restante_expansions_refused_total",
)


def bench(site, size, rate, connections, seconds):
    authority, certificate, key = site.files(GOOD)
    words = {
        "url": f"https://localhost:{site.port}", "mailbox": GOOD, "to": GOOD_TO, "workflow": WORKFLOW,
        "profile": "send", "size": size, "rate": rate, "connections": connections, "seconds": int(seconds),
        "ca": authority, "cert": certificate, "key": key, "format": "json",
    }
    command = [site.program, "bench", *(word for name, value in words.items() for word in (f"--{name}", str(value)))]
    secrets = {**os.environ, "MESH_PASSWORD": PASSWORD, "SHARED_KEY": KEY}
    return subprocess.Popen(command, env=secrets, stdout=subprocess.PIPE, text=True)


def measure(site, seconds):
    """The good clients' sends, of each size."""
    running = {name: bench(site, *what, seconds) for name, what in SENDS.items()}
    return {name: json.loads(bench.communicate()[0])["requests"][0] for name, bench in running.items()}


def watched(site, seconds, run):
    """Runs it, and notes every few seconds how the server is meanwhile."""
    most, ended = [0, 0, 0], time.monotonic() + seconds

    def watch():
        while time.monotonic() < ended:
            most[:] = map(max, most, site.resources())
            site.health()
            time.sleep(2)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    found = run()
    watcher.join()
    return found, most


def show(title, found):
    print(title)
    for name, row in found.items():
        print(
            f"  sends of {name}: {row['count']} ({row['failed']} failed), p50 {row['p50_ms']:.1f} ms, "
            f"p99 {row['p99_ms']:.1f} ms, longest {row['max_ms']:.1f} ms"
        )


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--json", type=pathlib.Path)
    options.add_argument("--profile", help="read by scripts/soak")
    options = options.parse_args()
    program, seconds = str(pathlib.Path(options.program).resolve()), options.minutes * 60
    with tempfile.TemporaryDirectory(dir=os.environ.get("SOAK_DIRECTORY")) as directory:
        site = Site(program, pathlib.Path(directory))
        try:
            alone = measure(site, min(30, seconds / 4))
            hostile = Hostile(site)
            hostile.start()
            together, (rss, peak, files) = watched(site, seconds, lambda: measure(site, seconds))
            hostile.over.set()
            counted = {name: value for name, value in site.metrics().items() if name.startswith(COUNTED)}
            well = site.health() == 200 and site.process.poll() is None
            log = (pathlib.Path(directory) / "server.log").stat().st_size
        finally:
            site.stop()
    show("good clients alone", alone)
    show(f"with the hostile ones, {options.minutes:g} minutes", together)
    print(f"server: {rss} MiB resident at most (peak {peak}), {files} descriptors, {log / 1e6:.1f} MB of log")
    for name, count in sorted(hostile.seen.items()):
        print(f"  {name}: {count}")
    for name, value in sorted(counted.items()):
        print(f"  {name} {value:g}")
    worst = max(row["p99_ms"] for row in together.values())
    failed = sum(row["failed"] for row in together.values())
    good = worst <= LIMIT and failed == 0 and well
    print(f"{'HOLDS' if good else 'FAILS'}: p99 {worst:.1f} ms (limit {LIMIT}), {failed} failed sends, server well: {well}")
    if options.json:
        figures = {"alone": alone, "together": together, "hostile": hostile.seen, "metrics": counted}
        options.json.write_text(json.dumps(figures, indent=2))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
