"""kill -9 of a server under load, round after round: `kill_rounds.py PROGRAM ROUNDS SEED`.

What was answered with 202 is in the inbox exactly once, with the same bytes, until it is
acknowledged; what was acknowledged never comes back; of what was not answered all or nothing is
there; a token that was used before stays refused. Exits 1 at the first breach.
"""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from mesh import RECEIVER, SENDER, Client, Gone, Server, run_all

SENDERS = 4


class Books:
    """What the clients know."""

    def __init__(self):
        self.lock = threading.Lock()
        self.attempts = {}  # local id -> SHA-256 of what was sent
        self.answered = {}  # message id -> local id
        self.acknowledged = set()  # message ids answered with 200
        self.perhaps_acknowledged = set()
        self.used_tokens = []
        self.trouble = []

    def breach(self, text):
        with self.lock:
            self.trouble.append(text)


def body_of(chance):
    size = chance.choice([1, 200, 1000, 20_000, 33_000, 70_000, 200_000])
    return chance.randbytes(size)


def sender(books, server, seed, stop):
    chance, client, number = random.Random(seed), Client(server.port, SENDER), 0
    while not stop.is_set():
        number += 1
        local_id = f"{seed}-{number}"
        parts = [body_of(chance) for _ in range(chance.choice([1, 1, 1, 1, 3]))]
        with books.lock:
            books.attempts[local_id] = hashlib.sha256(b"".join(parts)).digest()
        try:
            chunk_range = f"1:{len(parts)}" if len(parts) > 1 else None
            status, message = client.send(parts[0], local_id, chunk_range=chunk_range)
            if status != 202:
                books.breach(f"a send was answered with {status}")
                return
            for place, part in enumerate(parts[1:], 2):
                status = client.send_chunk(message, place, len(parts), part)
                if status != 202:
                    books.breach(f"a chunk was answered with {status}")
                    return
            with books.lock:
                books.answered[message] = local_id
                books.used_tokens = books.used_tokens[-20:] + [client.last_token]
        except Gone:
            break
    client.close()


def collector(books, server, stop):
    client = Client(server.port, RECEIVER)
    try:
        while not stop.is_set():
            for message in client.list():
                if stop.is_set():
                    break
                collect(books, client, message)
    except Gone:
        pass
    client.close()


def collect(books, client, message):
    status, local_id, body = client.download(message)
    if status not in (200, 206):
        books.breach(f"{message} is listed and answered with {status}")
        return
    with books.lock:
        sent = books.attempts.get(local_id)
        known = books.answered.setdefault(message, local_id)
    if hashlib.sha256(body).digest() != sent or known != local_id:
        books.breach(f"{message} has other bytes than were sent")
    with books.lock:
        books.perhaps_acknowledged.add(message)
    if client.acknowledge(message) == 200:
        with books.lock:
            books.acknowledged.add(message)


def inspect(books, server):
    """After a restart, before anything else."""
    client = Client(server.port, RECEIVER)
    listed = client.list()
    if len(set(listed)) != len(listed):
        books.breach("a message is listed twice")
    listed = set(listed)
    for message in listed & books.acknowledged:
        books.breach(f"{message} was acknowledged and came back")
    for message in set(books.answered) - books.perhaps_acknowledged - listed:
        books.breach(f"{message} was answered with 202 and is lost")
    known = set(books.answered.values())
    for message in listed - set(books.answered):
        status, local_id, body = client.download(message)
        if status not in (200, 206) or local_id in known:
            books.breach(f"{message} is half there, or its message is there twice")
        elif hashlib.sha256(body).digest() != books.attempts.get(local_id):
            books.breach(f"{message} was not answered and has other bytes than were sent")
        known.add(local_id)
    for used in books.used_tokens:
        client = Client(server.port, SENDER)
        status, _, _ = client.request("GET", "/inbox", authorization=used)
        if status != 403:
            books.breach(f"a token used before the kill was answered with {status}")
        client.close()


def main():
    program, rounds, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    work = tempfile.mkdtemp(prefix="kill-rounds-")
    directory = os.path.join(work, "data")
    books, server = Books(), Server(program, directory)
    began = time.monotonic()
    for number in range(rounds):
        server.start()
        inspect(books, server)
        if not books.trouble:
            stop = threading.Event()
            threads = run_all(
                [lambda s=s: sender(books, server, f"{seed}-{number}-{s}", stop) for s in range(SENDERS)]
                + [lambda: collector(books, server, stop)]
            )
            time.sleep(chance.uniform(0.02, 0.7))
            server.kill()
            stop.set()
            for thread in threads:
                thread.join()
        if books.trouble:
            break
    if not books.trouble:
        server.start()
        inspect(books, server)
        audit = subprocess.run([program, "audit", "--data", directory, "verify"], stdout=subprocess.PIPE, text=True)
        if audit.returncode != 0:
            books.breach(f"the audit trail is broken: {audit.stdout}")
        server.stop()
    if books.trouble:
        print(f"round {number}, seed {seed}, data in {directory}:", *books.trouble, sep="\n  ")
        sys.exit(1)
    shutil.rmtree(work)
    print(
        f"{rounds} kills, {len(books.answered)} messages answered or found, {len(books.acknowledged)} "
        f"acknowledged: none lost, doubled, altered or back again "
        f"(seed {seed}, {time.monotonic() - began:.0f} s)"
    )


main()
