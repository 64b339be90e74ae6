"""A directory client made of the MESH team's Python library, to measure beside `restante client`.

It does the same work: pairs go from OUT to SENT, messages into IN, each on disk before the server is
told, one mailbox a thread. It has no checks, journal, resuming or reports.

    python_directory_client.py CONFIG.json [--once]
"""

import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from xml.etree import ElementTree

from mesh_client import MeshClient


def write_durably(path, data):
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path):
    directory = os.open(path, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def control_file(**elements):
    lines = "".join(f"  <{name}>{value}</{name}>\n" for name, value in elements.items())
    return f"<DTSControl>\n{lines}</DTSControl>\n".encode()


def send_all(client, root):
    for control in sorted((root / "OUT").glob("*.ctl")):
        base = control.stem
        document = ElementTree.parse(control)
        claimed = root / "TEMP" / base
        claimed.mkdir()
        for extension in ("ctl", "dat"):
            os.rename(root / "OUT" / f"{base}.{extension}", claimed / f"{base}.{extension}")
        sync_directory(claimed)
        with open(claimed / f"{base}.dat", "rb") as data:
            message = client.send_message(
                document.findtext("To_DTS"),
                data,
                workflow_id=document.findtext("WorkflowId"),
                local_id=document.findtext("LocalId"),
                filename=f"{base}.dat",
            )
        ElementTree.SubElement(document.getroot(), "DTSId").text = message
        write_durably(claimed / "rewritten", ElementTree.tostring(document.getroot()))
        os.rename(claimed / f"{base}.dat", root / "SENT" / f"{base}.dat")
        os.rename(claimed / "rewritten", root / "SENT" / f"{base}.ctl")
        sync_directory(root / "SENT")
        shutil.rmtree(claimed)


def collect_all(client, root):
    for message in client.iterate_all_messages():
        temporary = root / "TEMP" / message.id()
        with open(temporary, "wb") as file:
            shutil.copyfileobj(message, file, 64 * 1024)
            file.flush()
            os.fsync(file.fileno())
        control = control_file(
            Version="1.0", AddressType="ALL", MessageType="Data", From_DTS=message.sender,
            To_DTS=message.recipient, LocalId=message.local_id, DTSId=message.id(),
            WorkflowId=message.workflow_id,
        )
        write_durably(root / "TEMP" / "control", control)
        os.rename(temporary, root / "IN" / f"{message.id()}.dat")
        os.rename(root / "TEMP" / "control", root / "IN" / f"{message.id()}.ctl")
        sync_directory(root / "IN")
        message.acknowledge()


def serve(config, mailbox, once):
    root = Path(mailbox["directory"])
    client = MeshClient(
        config["url"], mailbox["id"], mailbox["password"], shared_key=config["shared_key"].encode(),
        cert=(config["certificate"], config["private_key"]), verify=config["trust"],
        check_hostname=True, max_chunk_size=config["chunk_size"],
    )
    client.handshake()
    while True:
        send_all(client, root)
        collect_all(client, root)
        if once:
            break
        time.sleep(config["poll_seconds"])


def main():
    config = json.loads(Path(sys.argv[1]).read_text())
    once = "--once" in sys.argv
    threads = [
        threading.Thread(target=serve, args=(config, mailbox, once))
        for mailbox in config["mailboxes"]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
