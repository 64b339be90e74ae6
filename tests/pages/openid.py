"""Sign-in by a certified OpenID Connect provider (npm oidc-provider), in a browser: there and back, with the
claims in the token and at the userinfo endpoint, the provider's logout, and passwords while it is away."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

from harness import BINARY, ROOT, Site, TARGET, check, done, expect, fail, until

HERE = ROOT / "tests" / "pages" / "openid"
MODULES = TARGET / "openid"
SECRET = "a secret & more of it"
PASSWORD = "correct horse battery"
PRACTICE = """listen = "127.0.0.1:{port}"
[pages.openid]
issuer = "{issuer}"
client_id = "restante practice"
client_secret = {{ file = "openid.secret" }}
address = "http://127.0.0.1:{port}"
name = "your test account"
role_claim = "realm.roles"
roles = {{ "gp-clerk" = "clerk", "gp-reader" = "reader" }}
[practice]
ods = "A81001"
name = "Cumbria Starling Medical Centre"
mailbox = "A81001OT001"
mailbox_directory = "mailbox"
data_directory = "records"
"""


def installed():
    """Puts the provider's packages into target/openid, as the lock file has them; says when that cannot be done."""
    lock = (HERE / "package-lock.json").read_bytes()
    kept = MODULES / "package-lock.json"
    if kept.exists() and kept.read_bytes() == lock and (MODULES / "node_modules").exists():
        return True
    if not shutil.which("npm"):
        print("skipped: sign-in by a certified provider, npm is not on this machine")
        return False
    MODULES.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(HERE / file, MODULES / file)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    got = subprocess.run(command, cwd=MODULES, capture_output=True, text=True)
    if got.returncode == 0:
        return True
    kept.unlink()
    print(f"skipped: sign-in by a certified provider, npm cannot fetch it: {got.stderr.strip()[-300:]}")
    return False


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Provider:
    """The provider, until it is stopped."""

    def __init__(self, port, pages, *options):
        script = [shutil.which("node"), str(HERE / "provider.mjs"), str(port), pages, SECRET, *options]
        environment = {**os.environ, "OPENID_MODULES": str(MODULES)}
        self.process = subprocess.Popen(script, stdout=subprocess.PIPE, text=True, env=environment)
        if "provider on" not in self.process.stdout.readline():
            raise SystemExit("the provider did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Practice(Site):
    """A practice whose people sign in by the provider, or with a password."""

    def __init__(self, port, issuer):
        super().__init__(r"practice on (http://127\.0\.0\.1:\d+)", others=[issuer])
        here = pathlib.Path(self.directory)
        (here / "practice.toml").write_text(PRACTICE.format(port=port, issuer=issuer))
        (here / "openid.secret").write_text(SECRET + "\n")
        (here / "openid.secret").chmod(0o600)
        (here / "mailbox").mkdir()
        add = ["user", "--config", "practice.toml", "add", "boss", "--role", "administrator", "--password-stdin"]
        subprocess.run([str(BINARY), *add], cwd=here, input=PASSWORD, text=True, check=True)
        self.command = [str(BINARY), "practice", "--config", "practice.toml"]

    def lines(self):
        """The security log: who, action, outcome."""
        follow = ["audit", "--config", "practice.toml", "follow", "--once"]
        told = subprocess.run([str(BINARY), *follow], cwd=self.directory, capture_output=True, text=True, check=True)
        return told.stdout


def sign_in(page, login, path="/inbox"):
    page.goto(practice.url(path))
    page.get_by_role("button", name="Sign in with your test account").click()
    if page.url.startswith(issuer):
        page.get_by_placeholder("Enter any login").fill(login)
        page.get_by_placeholder("and password").fill("any")
        page.get_by_role("button", name="Sign-in").click()
    if page.url.startswith(issuer):
        page.get_by_role("button", name="Continue").click()


def there_and_back():
    page = practice.stranger()
    page.goto(practice.url("/inbox"))
    check(page, "openid-sign-in")
    sign_in(page, "clerk.jo")
    expect(page.locator("h1")).to_have_text("Inbox")
    if page.url != practice.url("/inbox"):
        fail(f"the sign-in led to {page.url}")
    page.get_by_role("link", name=re.compile(r"^jo\b.*Clerk")).click()
    expect(page.locator("main")).to_contain_text("your test account")
    check(page, "openid-account")
    return page


def the_provider_knows_them_still(page):
    """After signing out here, the provider's own session signs in again without a question."""
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    page.get_by_role("button", name="Sign in with your test account").click()
    expect(page.get_by_role("link", name=re.compile(r"^jo\b.*Clerk"))).to_be_visible()


def the_provider_signs_them_out(page):
    page.goto(issuer + "/session/end")
    page.get_by_role("button", name="Yes, sign me out").click()

    def is_out():
        page.goto(practice.url("/inbox"))
        return page.locator("h1").inner_text() == "Sign in"

    until(is_out, "the provider's logout did not end the session")


def without_a_role_nobody_is_let_in():
    page = practice.stranger()
    sign_in(page, "cook.max")
    expect(page.get_by_role("alert")).to_contain_text("has no role here")
    check(page, "openid-refused")
    page.goto(practice.url("/sign-in/callback?code=x&state=y"))
    expect(page.get_by_role("alert")).to_contain_text("This browser began no sign-in")
    plain = practice.page(javascript=False)
    sign_in(plain, "reader.lee")
    expect(plain.locator("h1")).to_have_text("Inbox")


def passwords_go_on():
    page = practice.stranger()
    page.goto(practice.url("/users"))
    page.get_by_label("User name").fill("boss")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("h1")).to_have_text("Users")
    expect(page.get_by_role("row", name="lee")).to_contain_text("By the provider")
    check(page, "openid-users")
    page.get_by_role("link", name="lee").click()
    expect(page.locator("main")).to_contain_text("The provider proves who this is")
    page.get_by_role("button", name="Disable the user").click()
    expect(page.get_by_role("alert")).to_contain_text("signed out everywhere")


if not installed():
    sys.exit(0)
port = free_port()
issuer = f"http://127.0.0.1:{free_port()}"
address = f"http://127.0.0.1:{port}"
provider = Provider(issuer.rsplit(":")[-1], address)
try:
    with Practice(port, issuer) as practice:
        page = there_and_back()
        the_provider_knows_them_still(page)
        the_provider_signs_them_out(page)
        provider.stop()
        provider = Provider(issuer.rsplit(":")[-1], address, "claims-in-token")
        without_a_role_nobody_is_let_in()
        provider.stop()
        passwords_go_on()
        noted = practice.lines()
        for line in ("sign-in by provider", "session ended", "provider"):
            if line not in noted:
                fail(f"the security log does not tell of: {line}\n{noted}")
finally:
    provider.process.kill()
done()
