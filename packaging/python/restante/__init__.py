"""A MESH sandbox for tests: the program `restante`, started and stopped.

    with restante.Sandbox("MINE", "YOURS") as mesh:
        ...  # a MESH client of yours at mesh.url, with mesh.password and mesh.shared_key
        mesh.messages("YOURS", wait=10)

`Rehearsal` and `rehearse_receiver` put a sending or a receiving system on trial and leave a pack of evidence.

It is for test data: whoever reaches its ports on this machine can read and send everything.
"""

from restante.rehearsal import Rehearsal, RehearsalError, rehearse_receiver
from restante.sandbox import Refused, Sandbox, SandboxError, program

__all__ = [
    "Refused",
    "Rehearsal",
    "RehearsalError",
    "Sandbox",
    "SandboxError",
    "program",
    "rehearse_receiver",
]
