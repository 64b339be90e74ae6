"""Rehearsals that a Python test starts."""

import pytest
from mesh_client import MeshClient

import restante


def test_a_client_of_ones_own_reaches_the_rehearsal_and_the_pack_is_there_in_the_end(restante_rehearsal):
    tls = {"cert": (restante_rehearsal.certificate, restante_rehearsal.key), "verify": restante_rehearsal.authority}
    shared_key = restante_rehearsal.shared_key.encode()
    url, mailbox, password = restante_rehearsal.url, restante_rehearsal.mailbox, restante_rehearsal.password
    with MeshClient(url, mailbox, password, shared_key=shared_key, **tls) as client:
        client.handshake()
        assert client.list_messages() == []
    assert (restante_rehearsal.connect / "client.toml").is_file()
    result = restante_rehearsal.finish()
    assert result["good"] and result["rows"]["all"] == 48 and result["failed"] == []
    assert restante_rehearsal.finish() is result
    assert (restante_rehearsal.pack / "index.html").is_file()
    assert not restante_rehearsal.connect.exists()


def test_a_receiver_on_trial_is_judged_case_by_case(tmp_path):
    result = restante.rehearse_receiver(tmp_path / "pack", own=True, case=["RX-P16", "RX-N09"], payload="transfer-of-care", seed=7)
    assert result["good"] and result["seed"] == 7
    assert (tmp_path / "pack" / "receiver.csv").is_file()


def test_a_rehearsal_that_cannot_start_says_so(tmp_path):
    (tmp_path / "mine").write_text("a file where the pack should be")
    with pytest.raises(restante.RehearsalError, match="exit code 2"):
        restante.Rehearsal(tmp_path)
