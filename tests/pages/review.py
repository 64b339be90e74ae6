"""The review of Update Records: what a pharmacy sent is decided entry by entry, with JavaScript, without it at 390
pixels, and by keyboard alone; the same of the published Pharmacy First example, where that is at hand."""

import json
import os
import pathlib
import re
import subprocess
import uuid

from harness import BINARY, ROOT, SHOTS, Practice, check, done, expect, fail, put, until

EXAMPLES = ROOT / "crates/update-record/examples"
SHARED = pathlib.Path(os.environ.get("RESTANTE_SHARED", ROOT / "shared"))
PUBLISHED = SHARED / "data/update-record/examples/pharmacy-first-service--example-1.xml"
SETTINGS = """listen = "127.0.0.1:0"
[practice]
ods = "A20047"
name = "Osprey Medical Centre"
mailbox = "A20047OT001"
mailbox_directory = "mailbox"
data_directory = "records"
patients = "patients.csv"
payloads = ["send-document", "update-record"]
"""
PATIENTS = """nhs_number,family_name,given_names,date_of_birth,gp_ods_code
9691375087,REHEARSAL,Rae,1984-05-06,A20047
"""
CONTROL = """<DTSControl><Version>1.0</Version><AddressType>DTS</AddressType><MessageType>Data</MessageType>
<From_DTS>{sender}</From_DTS><To_DTS>A20047OT001</To_DTS><Subject>{subject}</Subject><DTSId>{id}</DTSId>
<WorkflowId>GPCONNECT_UPDATE_RECORD</WorkflowId><StatusRecord><DateTime>20261127110000</DateTime>
<Event>TRANSFER</Event><Status>SUCCESS</Status><StatusCode>00</StatusCode></StatusRecord></DTSControl>"""


class Receiver(Practice):
    """A practice that takes Update Records, with a clinician and a reader."""

    def __init__(self):
        super().__init__(SETTINGS, PATIENTS, okoro="clinician", rita="reader")
        self.sent = 0

    def built(self, example, **changes):
        """The message of one of the project's own consultations."""
        consultation = json.loads((EXAMPLES / f"{example}.json").read_text())
        consultation.update(id=str(uuid.uuid4()), **changes)
        consultation["patient"].update(birth_date="1984-05-06")
        out = self.home / "built" / consultation["id"]
        out.mkdir(parents=True)
        (out / "c.json").write_text(json.dumps(consultation))
        build = ["message", "build", "--payload", "update-record", "--consultation", out / "c.json", "--out", out]
        subprocess.run([str(BINARY), *map(str, build)], check=True, capture_output=True)
        return next(out.glob("*.dat")).read_text()

    def receive(self, message, subject):
        """Puts a message into IN as the MESH client does, and waits for its task."""
        self.sent += 1
        sender = re.search(r'<endpoint value="([^"]+)"', message).group(1)
        id = f"20261127110000000000_{self.sent:06X}"
        incoming = self.home / "mailbox" / "IN"
        put(incoming, f"{id}.dat", message)
        put(incoming, f"{id}.ctl", CONTROL.format(sender=sender, subject=subject, id=id))
        answers = self.home / "mailbox" / "OUT"

        def is_taken():
            return not list(incoming.glob("*.ctl")) and len(list(answers.glob("*.ctl"))) == 2 * self.sent

        until(is_taken, f"{subject} is not taken and answered")


def opened(page, subject):
    """The review of a task, by the link of the inbox."""
    page.goto(practice.url("/inbox"))
    page.locator(f'#letters a[title="{subject}"]').click()
    page.get_by_role("link", name="Review the entries").click()
    expect(page.locator(".patient h1")).to_have_text("REHEARSAL, Rae")


def decision(page, name):
    """The radio buttons of an entry."""
    return page.get_by_role("group", name=f"Your decision: {name}")


def choose(page, name, words):
    """Chooses as a mouse does: the words of the button lie under its radio."""
    decision(page, name).get_by_role("radio", name=words, exact=True).check(force=True)


def open_entries(page):
    return page.locator(".review-foot").inner_text()


def at_390(page, name):
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=SHOTS / f"{name}-390.png", full_page=True)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > 390:
        fail(f"{name}: {width} px wide on a screen of 390")


def an_update_is_decided_and_filed(page):
    message = practice.built("minor-illness", pregnancy="not-pregnant").replace("60001007", "77386006")
    practice.receive(message, "Contradicting")
    opened(page, "Contradicting")
    if page.locator("input[type=radio]:checked").count():
        fail("something is decided before anybody decided it")
    odd = decision(page, "Currently pregnant")
    ways = ["Amend to 60001007 Not pregnant", "Keep 77386006 Currently pregnant", "Amend otherwise", "Refuse this entry"]
    expect(odd.locator("label")).to_have_text(ways)
    check(page, "review-start")
    at_390(page, "review-start")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Accept the rest without a warning").click()
    expect(odd.locator("input:checked")).to_have_count(0)
    page.get_by_role("button", name="File to the record").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    check(page, "review-open-entries")
    summary.get_by_role("link", name="Decide about: Currently pregnant").click()
    if page.evaluate("document.activeElement.type") != "radio":
        fail("a link of the error summary does not lead to its entry")
    choose(page, "Currently pregnant", ways[0])
    advice = "Information and advice given"
    choose(page, advice, "Amend")
    page.get_by_role("group", name=f"Amend: {advice}").get_by_label("Text").fill("Keep it clean and dry.")
    choose(page, "Insect bite - wound", "Amend")
    amend = page.get_by_role("group", name="Amend: Insect bite - wound")
    amend.get_by_label("Code (SNOMED CT)").fill("276433005")
    page.get_by_role("button", name="File to the record").click()
    expect(summary).to_contain_text("Enter a code with a right check digit")
    expect(amend.get_by_label("Code (SNOMED CT)")).to_have_value("276433005")
    check(page, "review-wrong-code")
    amend.get_by_label("Code (SNOMED CT)").fill("283682007")
    amend.get_by_label("What the code means").fill("Bite of insect")
    page.get_by_role("button", name="Save for later").click()
    expect(page.get_by_role("alert")).to_contain_text("Every entry is decided")
    expect(page.locator("main")).to_contain_text("283682007: check digit right, name not known here.")
    check(page, "review-amended")
    page.get_by_role("button", name="File to the record").click()
    expect(page.get_by_role("alert")).to_contain_text("filed to the record")
    expect(page.locator("main")).to_contain_text("Original kept.")
    check(page, "review-filed")
    filed = page.request.get(practice.url(page.get_by_role("link", name="The record as JSON").get_attribute("href"))).json()
    codes = [entry.get("code", {}).get("code") for entry in filed["entries"]]
    if "60001007" not in codes or "283682007" not in codes or "77386006" in codes:
        fail(f"filed are {codes}")
    return message


def a_replacement_shows_what_was_filed(page, message):
    document = re.search(r"<type value=\"document\"", message) and re.search(
        r"<Bundle[^>]*>(?:(?!<Bundle).)*?<identifier>.*?<value value=\"([^\"]+)\"/>(?:(?!<entry>).)*?<type value=\"document\"",
        message, re.S)
    new = practice.built("minor-illness", pregnancy="not-pregnant", version=2, replaces=document.group(1), advice=[])
    practice.receive(new, "Replacing")
    opened(page, "Replacing")
    expect(page.locator("main")).to_contain_text("A new version. It replaces what was filed by okoro")
    expect(page.locator("main")).to_contain_text("Withdrawn when this version is filed")
    check(page, "review-replacement")
    page.get_by_role("link", name="Refuse all …").click()
    page.get_by_label("Why nothing of it is filed").fill("The pharmacy will send another")
    page.get_by_role("button", name="Refuse all", exact=True).click()
    expect(page.locator("main")).to_contain_text("Refused as a whole.")
    check(page, "review-refused")


def without_javascript_at_390(_):
    practice.receive(practice.built("blood-pressure"), "Pressure")
    plain = practice.page(javascript=False)
    opened(plain, "Pressure")
    at_390(plain, "review-plain")
    report = plain.get_by_role("link", name="Open the report")
    if not plain.request.get(practice.url(report.get_attribute("href"))).body().startswith(b"%PDF-"):
        fail("the report of ambulatory monitoring is not reached")
    choose(plain, "Sitting blood pressure reading", "Refuse")
    reason = plain.get_by_label("Why this entry is refused").locator("visible=true")
    expect(reason).to_have_count(1)
    reason.fill("Taken over a coat")
    plain.get_by_role("button", name="Save for later").click()
    expect(decision(plain, "Sitting blood pressure reading").get_by_label("Refuse")).to_be_checked()
    plain.get_by_role("button", name="Accept the rest without a warning").click()
    plain.get_by_role("button", name="File to the record").click()
    expect(plain.locator("main")).to_contain_text("Filed by okoro")
    expect(plain.locator("main")).to_contain_text("Taken over a coat")
    at_390(plain, "review-plain-filed")


def by_keyboard_alone(page):
    practice.receive(practice.built("contraception"), "Keys")
    opened(page, "Keys")
    names = page.eval_on_selector_all("input[type=radio]", "all => [...new Set(all.map(one => one.name))]")
    chosen = set()
    for _ in range(200):
        page.keyboard.press("Tab")
        focused = page.evaluate("({ name: document.activeElement.name, type: document.activeElement.type, value: document.activeElement.value })")
        if focused["type"] == "radio" and focused["name"] not in chosen:
            page.keyboard.press("Space")
            chosen.add(focused["name"])
        if focused["value"] == "file":
            break
    if chosen != set(names):
        fail(f"by keyboard {len(chosen)} of {len(names)} entries are reached")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("filed to the record")


def leaving_with_unsaved_decisions_asks(page):
    practice.receive(practice.built("minor-illness"), "Leaving")
    opened(page, "Leaving")
    choose(page, "History", "Accept")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="‹ Inbox").click()
    expect(page.locator("h1")).to_have_text("Inbox")
    if asked != ["beforeunload"]:
        fail(f"leaving asked {asked}")


def single_keys_act_on_a_decision_only(page):
    message = practice.built("minor-illness").replace("60001007", "77386006")
    practice.receive(message, "Single keys")
    opened(page, "Single keys")
    expect(page.locator(".review-foot .keys")).to_contain_text("accept, amend, refuse")
    page.keyboard.press("a")
    expect(page.locator("input:checked")).to_have_count(0)
    complaint, odd = decision(page, "Insect bite - wound"), decision(page, "Currently pregnant")
    complaint.get_by_role("radio").first.focus()
    page.keyboard.press("a")
    expect(complaint.get_by_label("Accept")).to_be_checked()
    page.keyboard.press("m")
    expect(page.get_by_role("group", name="Amend: Insect bite - wound")).to_be_visible()
    page.keyboard.press("j")
    expect(odd.get_by_role("radio").first).to_be_focused()
    for key in "amx":
        page.keyboard.press(key)
    expect(odd.locator("input:checked")).to_have_count(0)
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(complaint.get_by_label("Refuse")).to_be_checked()
    reason = page.get_by_label("Why this entry is refused").locator("visible=true")
    reason.press_sequentially("a jam")
    expect(reason).to_have_value("a jam")
    expect(complaint.get_by_label("Refuse")).to_be_checked()


def readers_only_look():
    reader = practice.sign_in("rita")
    practice.receive(practice.built("minor-illness"), "Looking")
    opened(reader, "Looking")
    expect(reader.locator("main")).to_contain_text("Clinicians decide about it.")
    expect(reader.locator("input[type=radio]")).to_have_count(0)
    check(reader, "review-reader")


def the_published_example(page):
    if not PUBLISHED.exists():
        print(f"skipped: the published Pharmacy First example is not at {PUBLISHED}")
        return
    message = PUBLISHED.read_text()
    for placeholder, value in (("4857773456", "9691375087"), ("A(*)", "FA001"), ("SENDER_MESH_MAILBOX_ID", "FA001OT001")):
        message = message.replace(placeholder, value)
    message = re.sub(r'<family value="[^"]*" ?/>', '<family value="REHEARSAL"/>', message)
    message = re.sub(r'<birthDate value="[^"]*" ?/>', '<birthDate value="1984-05-06"/>', message)
    practice.receive(message, "Published")
    page.goto(practice.url("/inbox"))
    page.locator('#letters a[title="Published"]').click()
    page.get_by_role("link", name="Review the entries").click()
    entries = page.locator("fieldset.choice").count()
    if entries < 9:
        fail(f"the published example shows {entries} entries")
    check(page, "review-published")
    at_390(page, "review-published")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Accept the rest without a warning").click()
    for odd in page.locator("fieldset.choice-odd").all():
        odd.get_by_role("radio").first.check(force=True)
    page.get_by_role("button", name="File to the record").click()
    expect(page.get_by_role("alert")).to_contain_text("filed to the record")


with Receiver() as practice:
    page = practice.sign_in("okoro")
    message = an_update_is_decided_and_filed(page)
    a_replacement_shows_what_was_filed(page, message)
    without_javascript_at_390(page)
    by_keyboard_alone(page)
    the_published_example(page)
    leaving_with_unsaved_decisions_asks(page)
    single_keys_act_on_a_decision_only(page)
    readers_only_look()
done()
