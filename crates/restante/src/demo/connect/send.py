"""Sends letter.xml to the practice of its patient, waits for both acknowledgements and prints their codes.

Needs the MESH team's client: pip install mesh-client. Exit 0: the letter was accepted; 1: it was not, and the code says why.
"""

import os
import re
import shlex
import sys
import time
import uuid
from pathlib import Path
from xml.etree import ElementTree

from mesh_client import MeshClient

HERE = Path(__file__).resolve().parent
FHIR = "{http://hl7.org/fhir}"
ACCEPTED = {"20013", "30001", "30004"}
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def settings():
    lines = (HERE / "connect.env").read_text().splitlines()
    return dict(shlex.split(line)[0].split("=", 1) for line in lines if line and not line.startswith("#"))


def with_new_ids(letter):
    """Ids are good once: a message whose ids came before is answered 20007. Each gets a new one, the same everywhere."""
    new = {}
    return UUID.sub(lambda old: new.setdefault(old.group(), str(uuid.uuid4())), letter)


def value(element, path):
    found = element.find(path)
    return None if found is None else found.get("value")


def read_answer(xml):
    """The id of the message answered, the code and its words."""
    answer = ElementTree.fromstring(xml)
    coding = next(answer.iter(f"{FHIR}OperationOutcome")).find(f".//{FHIR}coding")
    answers = value(answer, f".//{FHIR}MessageHeader/{FHIR}response/{FHIR}identifier")
    return answers, value(coding, f"{FHIR}code"), value(coding, f"{FHIR}display")


def answers(client, sent, letter_id, seconds=60):
    """Each answer to the letter, as it comes. What answers something else stays in the inbox."""
    others, end = set(), time.monotonic() + seconds
    while time.monotonic() < end:
        for message_id in client.list_messages():
            if message_id in others:
                continue
            message = client.retrieve_message(message_id)
            if message.mex_header("linkedmsgid") == sent:
                message.acknowledge()
                sys.exit(f"not delivered: {message.mex_header('statuscode')} {message.mex_header('statusdescription')}")
            answered, code, words = read_answer(message.read()) if message.workflow_id.endswith("_ACK") else (None, None, None)
            if answered != letter_id:
                others.add(message_id)
                continue
            message.acknowledge()
            yield code, words
        time.sleep(0.2)
    sys.exit("not both acknowledgements within a minute")


def main():
    env = settings()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"  # the demo is near
    control = ElementTree.parse(HERE / "letter.ctl").getroot()
    letter = with_new_ids((HERE / "letter.xml").read_text(encoding="utf-8"))
    letter_id = value(next(ElementTree.fromstring(letter).iter(f"{FHIR}MessageHeader")), f"{FHIR}id")
    with MeshClient(
        env["MESH_URL"],
        env["MESH_MAILBOX"],
        env["MESH_PASSWORD"],
        shared_key=env["MESH_SHARED_KEY"].encode(),
        cert=(env["MESH_CERTIFICATE"], env["MESH_KEY"]),
        verify=env["MESH_CA"],
        check_hostname=True,
    ) as client:
        client.handshake()
        sent = client.send_message(
            control.findtext("To_DTS"),
            letter.encode("utf-8"),
            workflow_id=control.findtext("WorkflowId"),
            subject=control.findtext("Subject"),
            local_id=control.findtext("LocalId"),
        )
        print(f"sent: {sent}")
        arrived = set()
        for code, words in answers(client, sent, letter_id):
            kind = "business" if code.startswith("3") else "infrastructure"
            print(f"{kind} acknowledgement: {code} {words}")
            if code not in ACCEPTED:
                sys.exit(1)
            arrived.add(kind)
            if len(arrived) == 2:
                return


main()
