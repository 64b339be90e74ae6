"""Makes the requests that schemathesis generates reach the MESH API's rules.

Schemathesis loads this file through SCHEMATHESIS_HOOKS (scripts/suites/schemathesis). Random
mailboxes, tokens and message ids would all be refused at the door, so most requests get real ones:
each choice is drawn from the generated value itself, so that a seed gives the same run again.
"""

import hashlib
import hmac
import itertools
import zlib
from datetime import datetime, timezone

import schemathesis

MAILBOXES = ["X26ABC1", "X26ABC2", "X26ABC3"]
WORKFLOWS = ["TEST_WORKFLOW", "TEST_WORKFLOW_ACK", "TEST_WORKFLOW2", "NO_SUCH_WORKFLOW"]
VERSIONS = ["application/vnd.mesh.v2+json", "application/vnd.mesh.v1+json", "application/json", "*/*"]
CHUNK_RANGES = ["1:2", "2:2", "1:1", "2:3"]
PASSWORD, SHARED_KEY = "password", b"TestKey"

counter = itertools.count()
# The latest messages accepted in this run, for the routes that take a message id.
messages = []


def token(mailbox):
    """A token of `mailbox` that no request before it had."""
    count, time = next(counter), datetime.now(timezone.utc).strftime("%Y%m%d%H%M")
    signed = f"{mailbox}:schemathesis:{count}:{PASSWORD}:{time}"
    digest = hmac.new(SHARED_KEY, signed.encode(), hashlib.sha256).hexdigest()
    return f"NHSMESH {mailbox}:schemathesis:{count}:{time}:{digest}"


def draw(value, *, often):
    """A number drawn from the generated value; `None`, so that the value stays, one time in `often`."""
    number = zlib.crc32(repr(value).encode())
    return None if number % often == 0 else number // often


def replace(parameters, name, choices, *, often):
    if not parameters or name not in parameters or not choices:
        return
    number = draw(parameters[name], often=often)
    if number is not None:
        parameters[name] = choices[number % len(choices)]


@schemathesis.hook
def before_call(context, case, **kwargs):
    path, headers, query = case.path_parameters, case.headers, case.query
    if not path or "mailbox_id" not in path:
        return
    replace(path, "mailbox_id", MAILBOXES, often=20)
    replace(path, "message_id", messages, often=4)
    replace(query, "messageID", messages, often=4)
    replace(path, "chunk_number", ["1", "2"], often=3)
    replace(headers, "mex-to", MAILBOXES, often=8)
    replace(headers, "mex-workflowid", WORKFLOWS, often=8)
    replace(headers, "mex-chunk-range", CHUNK_RANGES, often=3)
    replace(headers, "accept", VERSIONS, often=4)
    mailbox = str(path["mailbox_id"])
    if draw((mailbox, str(headers)), often=20) is not None:
        headers["authorization"] = token(mailbox)


@schemathesis.hook
def after_call(context, case, response):
    if case.path.endswith("/outbox") and response.status_code == 202:
        body = response.json()
        messages.append(body.get("messageID") or body.get("message_id"))
        del messages[:-20]
