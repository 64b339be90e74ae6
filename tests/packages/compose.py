"""The compose files without a container engine: see scripts/compose.

    compose.py SCHEMA.tgz PROGRAMS     in a mount and network namespace of its own, as root
"""

import contextlib
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import yaml
from jsonschema import Draft7Validator

FOLDER = Path("packaging/container")
FILES = [FOLDER / "compose.yaml", FOLDER / "compose.postgresql.yaml"]
SCHEMA = "package/lib/compose-spec/schema/compose-spec.json"
USER = "10001"
POSTGRESQL = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])


def fail(words):
    sys.exit(f"compose: {words}")


def check(schema, files):
    with tarfile.open(schema) as archive:
        validator = Draft7Validator(json.load(archive.extractfile(SCHEMA)))
    for file in files:
        for error in validator.iter_errors(yaml.safe_load(file.read_text())):
            fail(f"{file}: {'.'.join(map(str, error.path))}: {error.message}")
        print(file, "keeps to the schema")


def joined(one, other):
    """As Compose joins two files: tables by key, lists one after the other, the rest replaced."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {key: joined(one.get(key), value) for key, value in other.items()}
    if isinstance(one, list) and isinstance(other, list):
        return one + other
    return other


def read(files, variables):
    """The files as one, with their variables."""
    def value(found):
        if found[1] not in variables:
            fail(f"{found[1]} is not given")
        return variables[found[1]]

    whole = {}
    for file in files:
        text = re.sub(r"\$\{(\w+)(?::\?[^}]*)?\}", value, file.read_text())
        whole = joined(whole, yaml.safe_load(text))
    return whole


def commands(file):
    """The arguments that the file's own lines give to `run --rm exchange`."""
    return [shlex.split(words) for words in re.findall(r"docker compose run --rm exchange (.*)", file.read_text())]


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def make_room(top):
    """What the containers would have: names, secrets, volumes. Nothing of it is seen outside."""
    mount("--make-rprivate", "/")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    hosts = top / "hosts"
    hosts.write_text("127.0.0.1 localhost postgresql\n")
    mount("--bind", hosts, "/etc/hosts")
    for place, rights in (("/run", "mode=755"), ("/var/lib", f"mode=755,uid={USER},gid={USER}")):
        mount("-t", "tmpfs", "-o", rights, "tmpfs", place)
    for place in ("/run/secrets", "/var/lib/restante", "/var/lib/postgresql/data", "/run/postgresql"):
        Path(place).mkdir(parents=True)
    shutil.chown("/var/lib/restante", int(USER), int(USER))
    for place in ("/var/lib/postgresql/data", "/run/postgresql"):
        shutil.chown(place, "postgres", "postgres")


def give_secrets(whole, values):
    for name, value in values.items():
        if name not in whole["secrets"]:
            fail(f"no secret {name}")
        file = Path("/run/secrets", name)
        file.write_text(value + "\n")
        file.chmod(0o400)
        shutil.chown(file, int(USER))


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def is_well(service, environment, program=None):
    kind, *test = service["healthcheck"]["test"]
    if kind != "CMD":
        fail(f"a health check by {kind}")
    if program is not None:
        test[0] = program
    return subprocess.run(test, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def wait_until_well(process, *arguments):
    for _ in range(300):
        if is_well(*arguments):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    fail("a service does not become well")


@contextlib.contextmanager
def database(service):
    """As the image's own script does it, by its documentation."""
    environment = service["environment"]
    data = "/var/lib/postgresql/data"
    user = ["runuser", "-u", "postgres", "--"]
    # that script reads the secret as root
    password = Path("/run/postgresql/password")
    shutil.copy(environment["POSTGRES_PASSWORD_FILE"], password)
    shutil.chown(password, "postgres")
    subprocess.run([*user, POSTGRESQL / "initdb", "-D", data, "-U", environment["POSTGRES_USER"], f"--pwfile={password}",
                    "-A", "scram-sha-256", *environment["POSTGRES_INITDB_ARGS"].split()], check=True, stdout=subprocess.DEVNULL)
    command = [*user, POSTGRESQL / "postgres", "-D", data, "-c", "listen_addresses=127.0.0.1"]
    log = open("/run/postgresql.log", "w")
    secret = {**os.environ, "PGPASSWORD": password.read_text().strip()}
    with running(command, stderr=log, stdout=log) as process:
        wait_until_well(process, service, dict(os.environ))
        subprocess.run(["createdb", "--host=127.0.0.1", f"--username={environment['POSTGRES_USER']}", environment["POSTGRES_DB"]],
                       check=True, env=secret)

        def ask(query):
            words = ["psql", "-h", "127.0.0.1", "-U", environment["POSTGRES_USER"], "-d", environment["POSTGRES_DB"], "-Atc", query]
            return subprocess.run(words, check=True, env=secret, stdout=subprocess.PIPE, text=True).stdout.strip()

        yield ask


def main():
    schema, programs = sys.argv[1], Path(sys.argv[2]).resolve()
    check(schema, FILES)
    with tempfile.TemporaryDirectory() as top:
        # where user 10001 can start it
        program = Path(top, "restante")
        shutil.copy(programs / "restante", program)
        Path(top).chmod(0o755)
        make_room(Path(top))
        with running([programs / "measuring", "s3-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as bucket:
            endpoint, secret = bucket.stdout.readline().split()
            variables = {"RESTANTE_S3_BUCKET": "restante", "RESTANTE_S3_ENDPOINT": endpoint, "RESTANTE_S3_ACCESS_KEY_ID": "restante"}
            whole = read(FILES, variables)
            give_secrets(whole, {"postgresql.password": "a password of the test", "s3.secret": Path(secret).read_text().strip()})
            exchange = whole["services"]["exchange"]
            with database(whole["services"]["postgresql"]) as ask:
                serve(exchange, program, ask)


def serve(exchange, program, ask):
    as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", program]
    options = {"env": exchange["environment"], "cwd": "/var/lib/restante"}

    def run(*arguments):
        done = subprocess.run([*as_user, *arguments], stdout=subprocess.PIPE, text=True, **options)
        if done.returncode != 0:
            fail(f"{shlex.join(map(str, arguments))} ended with {done.returncode}")
        return done.stdout

    first = commands(FILES[0])
    for arguments in first:
        run(*arguments)
    if ask("SELECT count(*) FROM pg_tables WHERE tablename = 'mailbox'") != "1" or ask("SELECT count(*) FROM mailbox") != "1":
        fail("the mailbox is not in PostgreSQL")
    with running([*as_user, *exchange["command"]], stdout=subprocess.DEVNULL, **options) as server:
        wait_until_well(server, exchange, exchange["environment"], program)
        config = exchange["command"][-1]
        print(run("doctor", "--config", config))
        if "A81001OT001" not in run("mailbox", "list", "--config", config):
            fail("the running exchange has no mailbox")
    if server.returncode != 0:
        fail(f"the exchange ended with {server.returncode} when it was stopped")
    print(f"compose: all well, {len(first)} command of the file was run")


main()
