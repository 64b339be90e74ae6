"""Senders and collectors that go to the other server when one does not serve them, as behind a balancer."""

import random
import sys
import threading
import time
import zlib
from contextlib import suppress
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "crash"))
from books import collect  # noqa: E402
from mesh import RECEIVER, SENDER, Client, Gone, run_all  # noqa: E402

# bytes: of those that lie in PostgreSQL and of those that go to the bucket, a few of them in parts
SIZES = {"small": [1, 200, 1000, 20_000], "large": [33_000] * 8 + [70_000] * 8 + [200_000] * 8 + [6_000_000]}
SENDERS = 3  # of each
PAUSE = 0.05  # seconds between a sender's messages, so that the collectors keep up
COLLECTORS = 4  # each of the messages that nobody else takes


class Refused(Exception):
    """Nothing was kept, and sending the same again is safe: 503."""


class Wanderer(Client):
    """A client that knows both servers."""

    def __init__(self, site, mailbox, number):
        self.ports, self.counts = [server.port for server in site.servers], {}
        super().__init__(self.ports[number % 2], mailbox, site.tls)

    def request(self, *words, **named):
        try:
            answer = super().request(*words, **named)
        except Gone:
            self.move("no answer")
            raise
        if answer[0] == 503:
            self.move("503")
            raise Refused
        if answer[0] == 504:
            self.move("no answer")
            raise Gone("504: not known")
        return answer

    def move(self, why):
        self.counts[why] = self.counts.get(why, 0) + 1
        self.close()
        self.port = next(port for port in self.ports if port != self.port)
        time.sleep(0.05)


class Load:
    """Runs until it is stopped; `accepted` says when each send was, by kind and sender."""

    def __init__(self, site, books, name):
        self.site, self.books, self.name = site, books, name
        self.accepted, self.lock = [], threading.Lock()
        self.over, self.threads, self.clients = threading.Event(), [], []

    def start(self):
        senders = [(kind, number) for kind in SIZES for number in range(SENDERS)]
        self.threads = run_all(
            [lambda who=who: self.send(*who) for who in senders]
            + [lambda number=number: self.collect(number) for number in range(COLLECTORS)]
        )

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def connect(self, mailbox, number):
        client = Wanderer(self.site, mailbox, number)
        self.clients.append(client)
        return client

    def counts(self, why):
        return sum(client.counts.get(why, 0) for client in self.clients)

    def send(self, kind, sender):
        seed = f"{self.name}-{kind}-{sender}"
        chance, client, number = random.Random(seed), self.connect(SENDER, sender), 0
        while not self.over.wait(PAUSE):
            number += 1
            parts = [chance.randbytes(chance.choice(SIZES[kind])) for _ in range(chance.choice([1, 1, 1, 1, 3]))]
            local_id = f"{seed}-{number}"
            self.books.begin(local_id, b"".join(parts))
            message = self.send_whole(client, parts, local_id)
            if message:
                with self.lock:
                    self.accepted.append((time.monotonic(), kind, sender))
                self.books.sent(message, local_id, client.last_token)
        client.close()

    def send_whole(self, client, parts, local_id):
        """The message's id, when all of it was accepted. Without an answer nothing is known of it: it is not sent again."""
        message, place = None, 1
        while place <= len(parts):
            chunk_range = f"1:{len(parts)}" if len(parts) > 1 else None
            try:
                if place == 1:
                    status, message = client.send(parts[0], local_id, chunk_range=chunk_range)
                else:
                    status = client.send_chunk(message, place, len(parts), parts[place - 1])
            except Gone:
                return None
            except Refused:
                if self.over.is_set():
                    return None
                continue
            if status != 202:
                self.books.breach(f"part {place} of {len(parts)} of {local_id} was answered with {status}")
                return None
            place += 1
        return message

    def collect(self, number):
        client = self.connect(RECEIVER, number)
        while not self.over.is_set():
            with suppress(Gone, Refused):
                self.collect_some(client, share(client.list(), number)[:50])
        client.close()

    def collect_some(self, client, messages):
        for message in messages:
            if self.over.is_set():
                break
            collect(self.books, client, message)

    def drain(self):
        """Collects all there is, and returns then."""

        def take(number):
            client = self.connect(RECEIVER, number)
            while not self.over.is_set():
                with suppress(Gone, Refused):
                    left = share(client.list(), number)
                    if not left:
                        break
                    self.collect_some(client, left)
            client.close()

        for thread in run_all([lambda number=number: take(number) for number in range(COLLECTORS)]):
            thread.join()


def share(messages, number):
    return [message for message in messages if zlib.crc32(message.encode()) % COLLECTORS == number]
