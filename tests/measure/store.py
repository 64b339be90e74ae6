"""Started by scripts/measure-store, which tells what this prints and what the environment holds."""

import datetime
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import large
import sends
import settings
import stored



def growth(directory):
    """As the program prints it."""
    command = [settings.BUILT.absolute() / "measuring", "growth", str(settings.STORED)]
    print("```", flush=True)
    subprocess.run(command, check=True, cwd=directory)
    print("```")


PARTS = {"sends": sends.measure, "large": large.measure, "stored": stored.measure, "growth": growth}


def machine():
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].split(":", 1)[1].strip() if models else platform.machine()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    disk = subprocess.run(["stat", "-f", "-c", "%T", settings.DIRECTORY], capture_output=True, text=True).stdout.strip()
    return (f"{datetime.date.today()}, {os.cpu_count()} processors ({model}), Linux {platform.release()}, "
            f"{disk} at {settings.DIRECTORY}, {settings.BUILT.name} build of {commit}, load average {load}; "
            f"median of {settings.ROUNDS} rounds")


def main():
    names = sys.argv[1:] or list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"{unknown[0]}: expected {', '.join(PARTS)}")
    print(machine(), flush=True)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="restante-measure.", dir=settings.DIRECTORY) as directory:
            # PostgreSQL runs as another user than root
            os.chmod(directory, 0o755)
            print(flush=True)
            PARTS[name](Path(directory))
    print(f"\nload average at the end {os.getloadavg()[0]:.1f}")


main()
