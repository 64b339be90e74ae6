"""kill -9 of a server under load, round after round: `kill_rounds.py PROGRAM ROUNDS SEED`.

What was answered with 202 is in the inbox exactly once, with the same bytes, until it is
acknowledged; what was acknowledged never comes back; of what was not answered all or nothing is
there; a token that was used before stays refused. Exits 1 at the first breach.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from books import Books, collect, inspect
from mesh import RECEIVER, SENDER, Client, Gone, Server, run_all

SENDERS = 4


def body_of(chance):
    size = chance.choice([1, 200, 1000, 20_000, 33_000, 70_000, 200_000])
    return chance.randbytes(size)


def sender(books, server, seed, stop):
    chance, client, number = random.Random(seed), Client(server.port, SENDER), 0
    while not stop.is_set():
        number += 1
        local_id = f"{seed}-{number}"
        parts = [body_of(chance) for _ in range(chance.choice([1, 1, 1, 1, 3]))]
        books.begin(local_id, b"".join(parts))
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
            books.sent(message, local_id, client.last_token)
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


def main():
    program, rounds, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    work = tempfile.mkdtemp(prefix="kill-rounds-")
    directory = os.path.join(work, "data")
    books, server = Books(), Server(program, directory)

    def connect(mailbox):
        return Client(server.port, mailbox)

    began = time.monotonic()
    for number in range(rounds):
        server.start()
        inspect(books, connect)
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
        inspect(books, connect)
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
