"""The wheel as a Python supplier uses it: with PyPI's mesh-client, and pytest's fixture. scripts/suites/packages runs this
against the installed wheel, with mesh-client of tests/peers/requirements.txt beside it."""

import subprocess

import pytest
from mesh_client import MeshClient

import restante


def client(sandbox, mailbox, **options):
    return MeshClient(sandbox.url, mailbox, sandbox.password, shared_key=sandbox.shared_key.encode(), **options)


def test_the_program_is_the_one_of_the_package():
    version = subprocess.run([restante.program(), "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("restante ")


def test_a_message_of_mesh_client_arrives(restante_sandbox):
    with client(restante_sandbox, "X26ABC1") as sender:
        sent = sender.send_message("X26ABC2", b"a letter", workflow_id="TEST_WORKFLOW", subject="about a test")
    message = restante_sandbox.messages("X26ABC2", wait=10)[0]
    assert (message["id"], message["workflow"]) == (sent, "TEST_WORKFLOW")
    assert restante_sandbox.content(sent) == b"a letter"
    with client(restante_sandbox, "X26ABC2") as recipient:
        assert [received.read() for received in recipient.iterate_all_messages()] == [b"a letter"]


def test_each_test_begins_with_an_empty_sandbox(restante_sandbox):
    assert restante_sandbox.messages() == []
    assert restante_sandbox.refusals() == []
    assert restante_sandbox.fault() is None


def test_a_refused_request_has_its_true_reason(restante_sandbox):
    with MeshClient(restante_sandbox.url, "X26ABC1", "wrong", shared_key=b"TestKey") as stranger:
        with pytest.raises(Exception):
            stranger.handshake()
    refused = restante_sandbox.refusals("X26ABC1", wait=10)[0]
    assert (refused["mailbox"], refused["refusal"] is not None) == ("X26ABC1", True)


def test_the_test_is_the_other_side(restante_sandbox):
    letter = restante_sandbox.send("X26ABC1", "X26ABC2", example="letter")
    assert restante_sandbox.message(letter)["errors"] == 0
    answer = restante_sandbox.reply(letter, "20013")
    with client(restante_sandbox, "X26ABC1") as sender:
        assert sender.list_messages() == [answer]
    with pytest.raises(restante.Refused, match="422"):
        restante_sandbox.reply(answer, "20013")


def test_a_report_is_injected(restante_sandbox):
    report = restante_sandbox.inject_report("X26ABC1", code="14", description="not collected", local_id="mine")
    with client(restante_sandbox, "X26ABC1") as sender:
        received = sender.retrieve_message(report)
        assert received.message_type == "REPORT"


def test_a_fault_is_met_as_often_as_was_said(restante_sandbox):
    restante_sandbox.inject_fault("unavailable", times=1, mailbox="X26ABC1")
    with client(restante_sandbox, "X26ABC1", max_retries=0) as sender:
        with pytest.raises(Exception):
            sender.list_messages()
        assert sender.list_messages() == []
    assert restante_sandbox.fault()["met"] == 1
    restante_sandbox.inject_fault("lost-answer", mailbox="X26ABC1")
    with client(restante_sandbox, "X26ABC1", max_retries=0) as sender:
        with pytest.raises(Exception):
            sender.send_message("X26ABC2", b"a letter", workflow_id="TEST_WORKFLOW")
    assert len(restante_sandbox.messages("X26ABC2")) == 1, "it was taken all the same"
    restante_sandbox.heal()
    assert restante_sandbox.fault() is None


def test_a_sandbox_of_ones_own_has_its_mailboxes_and_stops():
    with restante.Sandbox("MINE", "YOURS", strict=True) as mesh:
        assert mesh.mailboxes == ["MINE", "YOURS"]
        mesh.send("MINE", "YOURS", b"\x00\xff", workflow="TEST_WORKFLOW", subject="bytes")
        assert mesh.content(mesh.messages("YOURS")[0]["id"]) == b"\x00\xff"
    with pytest.raises(restante.SandboxError, match="ended"):
        mesh.messages()
    mesh.close()


def test_a_sandbox_that_cannot_start_says_so():
    with pytest.raises(restante.SandboxError, match="before it listened"):
        restante.Sandbox("no spaces in an id")
