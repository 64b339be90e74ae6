"""What scripts/measure-store was told, and small things all parts need."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

BUILT = Path(os.environ["MEASURE_BUILT"])
RESTANTE = BUILT / "restante"
DIRECTORY = os.environ.get("MEASURE_DIRECTORY", "/var/tmp")
ROUNDS = int(os.environ.get("MEASURE_ROUNDS", 5))
SECONDS = int(os.environ.get("MEASURE_SECONDS", 5))
CONNECTIONS = [int(number) for number in os.environ.get("MEASURE_CONNECTIONS", "1 16 64").split()]
LARGE = int(os.environ.get("MEASURE_LARGE", 1_000_000_000))
CHUNK = int(os.environ.get("MEASURE_CHUNK", 20_000_000))
STORED = int(os.environ.get("MEASURE_STORED", 1_000_000))
BACKENDS = os.environ["MEASURE_BACKENDS"].split()

median = statistics.median


def tell(text):
    """Progress, beside the tables."""
    print(text, file=sys.stderr, flush=True)


def sync():
    """What was written before is not to be paid for in the next turn."""
    subprocess.run(["sync"], check=True)


def bench(server, profile, connections, *more, seconds=SECONDS):
    """The rows of `restante bench`, by the kind of request."""
    command = [RESTANTE, "bench", "--url", server.url, "--profile", profile, "--connections", str(connections),
               "--seconds", str(seconds), "--format", "json", *more]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, "RESTANTE_LOG": "error"})
    rows = {row["request"]: row for row in json.loads(told.stdout)["requests"]}
    failed = {name: row["failed"] for name, row in rows.items() if row["failed"]}
    if failed:
        sys.exit(f"{server.name}: requests failed: {failed}")
    return rows


def table(head, rows):
    """Markdown."""
    for line in [head, ["---"] * len(head), *rows]:
        print("| " + " | ".join(str(cell) for cell in line) + " |")
    sys.stdout.flush()
