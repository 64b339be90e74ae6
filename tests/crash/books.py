"""What clients of a server that is killed know, and whether the server keeps to it."""

import hashlib
import threading

from mesh import RECEIVER, SENDER


class Books:
    """What the clients know."""

    def __init__(self):
        self.lock = threading.Lock()
        self.attempts = {}  # local id -> SHA-256 of what was sent
        self.answered = {}  # message id -> local id
        self.ids = {}  # local id -> message id
        self.acknowledged = set()  # message ids answered with 200
        self.perhaps_acknowledged = set()
        self.used_tokens = []
        self.trouble = []

    def breach(self, text):
        with self.lock:
            self.trouble.append(text)

    def begin(self, local_id, body):
        with self.lock:
            self.attempts[local_id] = hashlib.sha256(body).digest()

    def sent(self, message, local_id, token):
        """It was answered with 202."""
        self.found(message, local_id)
        with self.lock:
            self.used_tokens = self.used_tokens[-20:] + [token]

    def found(self, message, local_id):
        """It is there under this id, and under no other. Returns the SHA-256 of what was sent."""
        with self.lock:
            known = self.answered.setdefault(message, local_id)
            other = self.ids.setdefault(local_id, message)
            sent = self.attempts.get(local_id)
        if known != local_id:
            self.breach(f"{message} has the local id of another message")
        if other != message:
            self.breach(f"{message} is there twice, also as {other}")
        return sent


def collect(books, client, message):
    status, local_id, body = client.download(message)
    if status not in (200, 206):
        books.breach(f"{message} is listed and answered with {status}")
        return
    if hashlib.sha256(body).digest() != books.found(message, local_id):
        books.breach(f"{message} has other bytes than were sent")
    with books.lock:
        books.perhaps_acknowledged.add(message)
    if client.acknowledge(message) == 200:
        with books.lock:
            books.acknowledged.add(message)


def inspect(books, connect):
    """What a server says, while nobody sends or collects. `connect` makes a client of a mailbox."""
    client = connect(RECEIVER)
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
    client.close()
    for used in books.used_tokens:
        client = connect(SENDER)
        status, _, _ = client.request("GET", "/inbox", authorization=used)
        if status != 403:
            books.breach(f"a token used before was answered with {status}")
        client.close()
