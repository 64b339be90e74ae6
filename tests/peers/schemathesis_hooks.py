"""Makes the requests that schemathesis generates reach the MESH API's rules.

Schemathesis loads this file by SCHEMATHESIS_HOOKS; scripts/suites/schemathesis sets MESH_URL.
Random mailboxes, tokens and message ids would all be refused at the door, so most requests get real
ones, drawn with a fixed seed; the rest stay as they were generated.
"""

import hashlib
import hmac
import itertools
import json
import os
import random
import urllib.request
from collections import namedtuple
from datetime import datetime, timezone

import schemathesis
from schemathesis.checks import CHECKS

MAILBOXES = ["X26ABC1", "X26ABC2", "X26ABC3"]
WORKFLOWS = ["TEST_WORKFLOW", "TEST_WORKFLOW_ACK", "TEST_WORKFLOW2", "NO_SUCH_WORKFLOW"]
VERSION_2 = "application/vnd.mesh.v2+json"
VERSIONS = [VERSION_2, "application/vnd.mesh.v1+json", "application/json", "*/*"]
CHUNK_RANGES = ["1:1", "1:2", "2:2", "2:3"]
# Version 2 answers these with an empty body where version 1 has one: a description of a status has
# no words for that.
BODILESS_IN_VERSION_2 = {"handshake_get", "handshake_post", "acknowledge_message"}
PASSWORD, SHARED_KEY = "password", b"TestKey"

Message = namedtuple("Message", "id local_id sender recipient chunks")

chance = random.Random(20260114)
counter = itertools.count()
sent = []


def mostly(share):
    return chance.random() < share


def token(mailbox):
    """A token of `mailbox` that no request before it had."""
    count, time = next(counter), datetime.now(timezone.utc).strftime("%Y%m%d%H%M")
    signed = f"{mailbox}:schemathesis:{count}:{PASSWORD}:{time}"
    digest = hmac.new(SHARED_KEY, signed.encode(), hashlib.sha256).hexdigest()
    return f"NHSMESH {mailbox}:schemathesis:{count}:{time}:{digest}"


def send(chunks):
    """Sends a message, or the first of its chunks."""
    sender, recipient = chance.choice(MAILBOXES), chance.choice(MAILBOXES)
    local_id = f"local {len(sent)}"
    headers = {
        "authorization": token(sender), "accept": VERSION_2, "mex-to": recipient,
        "mex-workflowid": "TEST_WORKFLOW2", "mex-localid": local_id, "mex-subject": "a subject",
        "mex-chunk-range": f"1:{chunks}", "content-type": "application/octet-stream",
    }
    url = f"{os.environ['MESH_URL']}/messageexchange/{sender}/outbox"
    request = urllib.request.Request(url, data=b"a body", headers=headers, method="POST")
    with urllib.request.urlopen(request) as response:
        message_id = json.load(response)["message_id"]
    sent.append(Message(message_id, local_id, sender, recipient, chunks))
    return sent[-1]


def message_for(outbox_chunk):
    """A message as the route wants it, new or one that earlier requests have worked on."""
    chunks = 2 if outbox_chunk else chance.choice([1, 1, 2])
    known = [message for message in sent[-20:] if message.chunks == chunks]
    return chance.choice(known) if known and mostly(0.6) else send(chunks)


def put(parameters, name, value, *, share):
    """Replaces a generated value, where the route has it."""
    if parameters and name in parameters and mostly(share):
        parameters[name] = value


@schemathesis.hook
def before_call(context, case, **kwargs):
    path, headers, query = case.path_parameters, case.headers, case.query
    if mostly(0.98):
        headers["accept"] = chance.choice(VERSIONS)
    put(path, "ods_code", chance.choice(["X26", "X27"]), share=0.7)
    put(path, "workflow_id", chance.choice(WORKFLOWS), share=0.7)
    if not path or "mailbox_id" not in path:
        return
    mailbox = chance.choice(MAILBOXES)
    if {"message_id", "local_id"} & path.keys() or "messageID" in (query or {}):
        message = message_for("/outbox/{message_id}" in case.path)
        mailbox = message.sender if "/outbox" in case.path else message.recipient
        put(path, "message_id", message.id, share=0.9)
        put(path, "local_id", message.local_id, share=0.9)
        put(query, "messageID", message.id, share=0.9)
    put(path, "mailbox_id", mailbox if mostly(0.9) else chance.choice(MAILBOXES), share=0.95)
    put(path, "chunk_number", chance.choice(["1", "2", "2", "3"]), share=0.9)
    put(headers, "mex-to", chance.choice(MAILBOXES), share=0.9)
    put(headers, "mex-workflowid", chance.choice(WORKFLOWS), share=0.9)
    put(headers, "mex-chunk-range", chance.choice(CHUNK_RANGES), share=0.8)
    if "/outbox/{message_id}" in case.path and mostly(0.6):
        path["chunk_number"], headers["mex-chunk-range"] = "2", "2:2"
    if mostly(0.95):
        headers["authorization"] = token(str(path["mailbox_id"]))


@schemathesis.check
def body_as_described(ctx, response, case):
    """Content type and schema, but for the answers that have no body by rule."""
    operation = case.operation.definition.raw.get("operationId")
    version_2 = VERSION_2 in str(case.headers.get("accept"))
    if response.status_code == 200 and operation in BODILESS_IN_VERSION_2 and version_2:
        assert response.content == b"", "version 2 has no body here"
        assert "content-type" not in response.headers
        return
    for name in ["content_type_conformance", "response_schema_conformance"]:
        CHECKS.get_one(name)(ctx, response, case)
