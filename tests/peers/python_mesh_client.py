"""The MESH team's own Python client against our server, over mutual TLS.

Started by scripts/suites/python-mesh-client with the address and the certificates in the
environment. Prints one line a test and a closing line; exits 1 when one fails.
"""

import gzip
import os
import sys
import traceback
import uuid

from mesh_client import MeshClient

URL = os.environ["MESH_URL"]
CERTIFICATES = os.environ["MESH_CERTIFICATES"]
ALICE, BOB = "X26ABC1", "X26ABC2"
MEGABYTE = 1024 * 1024


def client(mailbox, *, password="password", ods="x26", **options):
    return MeshClient(
        URL,
        mailbox,
        password,
        shared_key=b"TestKey",
        cert=(f"{CERTIFICATES}/{ods}.pem", f"{CERTIFICATES}/{ods}.key.pem"),
        verify=f"{CERTIFICATES}/ca.pem",
        check_hostname=True,
        **options,
    )


def send(sender, data, **options):
    return sender.send_message(BOB, data, workflow_id="TEST_WORKFLOW", **options)


def collect(receiver, message_id):
    with receiver.retrieve_message(message_id) as message:
        return message, message.read()


def test_handshake_and_ping():
    with client(ALICE) as alice:
        alice.handshake()
        assert alice.ping()["status"] == "running"


def test_small_message_with_every_header():
    with client(ALICE) as alice, client(BOB) as bob:
        sent = send(
            alice, b"a small body", subject="a subject", local_id="local", filename="letter.dat",
            partner_id="partner", checksum="abc-123", encrypted=True, content_type="text/plain",
        )
        assert sent in bob.list_messages()
        message, body = collect(bob, sent)
        assert body == b"a small body"
        assert (message.sender, message.recipient) == (ALICE, BOB)
        assert (message.subject, message.local_id) == ("a subject", "local")
        assert (message.filename, message.partner_id) == ("letter.dat", "partner")
        assert message.message_type == "DATA"
        message.acknowledge()
        assert sent not in bob.list_messages()


def test_chunked_and_compressed_message_of_several_megabytes():
    data = os.urandom(3 * MEGABYTE) + bytes(MEGABYTE)
    with client(ALICE, max_chunk_size=MEGABYTE, transparent_compress=True) as alice:
        sent = send(alice, data)
    with client(BOB) as bob:
        message, body = collect(bob, sent)
        assert body == data
        message.acknowledge()


def test_body_that_is_gzip_already_stays_as_it_is():
    data = gzip.compress(b"twice" * 1000)
    with client(ALICE) as alice, client(BOB) as bob:
        message, body = collect(bob, send(alice, data, compress=True))
        assert body == data
        message.acknowledge()


def test_listing_pages_and_iterating():
    with client(ALICE) as alice, client(BOB) as bob:
        sent = [send(alice, f"body {n}".encode()) for n in range(23)]
        assert list(bob.iterate_message_ids(batch_size=10)) == sent
        assert bob.count_messages() == 23
        bodies = []
        for message in bob.iterate_all_messages():
            bodies.append(message.read())
            message.acknowledge()
        assert bodies == [f"body {n}".encode() for n in range(23)]
        assert bob.list_messages() == []


def test_tracking_follows_a_message():
    local_id = uuid.uuid4().hex
    with client(ALICE) as alice, client(BOB) as bob:
        sent = send(alice, b"tracked", local_id=local_id)
        assert alice.track_message(message_id=sent)["status"] == "accepted"
        bob.acknowledge_message(sent)
        tracked = alice.track_message(message_id=sent)
        assert (tracked["status"], tracked["local_id"]) == ("acknowledged", local_id)


def test_endpoint_lookup():
    with client(ALICE) as alice:
        found = alice.lookup_endpoint("X26", "TEST_WORKFLOW")
        assert [mailbox["mailbox_id"] for mailbox in found["results"]] == [BOB]


def test_a_wrong_password_is_refused():
    with client(ALICE, password="wrong") as alice:
        refused(403, alice.handshake)


def test_the_certificate_of_another_organisation_is_refused():
    with client(ALICE, ods="x27") as alice:
        refused(403, alice.handshake)


def refused(status, call):
    try:
        call()
    except Exception as error:  # the client raises requests' HTTPError or its own MeshError
        answer = getattr(error, "response", None)
        assert answer is not None and answer.status_code == status, error
    else:
        raise AssertionError(f"{status} was expected")


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    failed = 0
    for name, test in tests:
        try:
            test()
            print(f"ok    {name}")
        except Exception:
            failed += 1
            print(f"FAILED {name}")
            traceback.print_exc()
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
