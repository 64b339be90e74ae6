"""The letters of hospitals and pharmacies: each that lies in IN becomes a task on whose page every section
can be read, at 390 and 1280 px, with nothing serious found by axe-core; hostile markup shows as text. On paper there is the
patient and every word, and no form; a patient who is not as the list has them is told in words and asked about.
Beside our own letter the published ones, where RESTANTE_SHARED (or ../shared) has them."""

import io
import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from harness import ROOT, RULES, Axe, Practice, check, done, expect, fail, put, until, valid_number
from pypdf import PdfReader

WORKFLOWS = {
    "ITK003D": "TOC_FHIR_IP_DISCH",
    "ITK004D": "TOC_FHIR_MH_DISCH",
    "ITK005D": "TOC_FHIR_EC_DISCH",
    "ITK006D": "TOC_FHIR_OP_ATTEN",
    "ITK009D": "DIGMED_FLU_VAC",
    "ITK010D": "DIGMED_EMG_MED",
}
# The definition or the event of another payload, no inner document, text where FHIR has none: refused, as the
# sheet says.
REFUSED = {
    "FHIR_MESH-TC-10010-outbox-log-content-clear.xml",
    "FHIR_MESH-ITK009D_ITK_Immunization_Document.xml",
    "vaccination--digimeds--seasonal-influenza--pharmacy.xml",
    "ITK-EDIS-Example-1.xml",
    "ITK-SendPayload-Payload-Removed-Example-1.xml",
    "ITK010D_ITK_EmergencySupply.xml",
}
DEFINITIONS = {"ITK004D": "ITK-MH-eDischarge", "ITK005D": "ITK-EC-eDischarge", "ITK006D": "ITK-OPL"}
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
CONTROL = """<DTSControl><Version>1.0</Version><AddressType>ALL</AddressType><MessageType>Data</MessageType>
<From_DTS>RX1OT001</From_DTS><To_DTS>A20047OT001</To_DTS><Subject>{subject}</Subject><DTSId>{id}</DTSId>
<WorkflowId>{workflow}</WorkflowId><StatusRecord><DateTime>20261122090000</DateTime><Event>TRANSFER</Event>
<Status>SUCCESS</Status><StatusCode>00</StatusCode></StatusRecord></DTSControl>"""
CONFIG = """listen = "127.0.0.1:0"
[practice]
ods = "A20047"
name = "Osprey Medical Centre"
mailbox = "A20047OT001"
mailbox_directory = "mailbox"
data_directory = "records"
patients = "patients.csv"
scan_seconds = 1
payloads = ["send-document", "transfer-of-care", "digital-medicines"]
other_ods = ["X26", "RY6", "B86057", "P86609"]
"""
HOSTILE = """<img src="https://x.example/a.png" alt="a chart"/><p style="position:fixed" accesskey="s"
class="nhsuk-button">click</p><a href="https://x.example/">link</a><table><td>loose cell</td></table><li>loose item</li>"""
FHIR, XHTML = "{http://hl7.org/fhir}", "{http://www.w3.org/1999/xhtml}"


def letters():
    own = (ROOT / "crates/transfer-of-care/tests/transfer_of_care/good.xml").read_text()
    yield "own.xml", own
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Recovered well.</p></div>'
    hostile = div.replace("<p>Recovered well.</p>", HOSTILE)
    yield "hostile.xml", own.replace(div, hostile).replace("c3c1f0a2", "c3c1f0a4")
    shared = Path(os.environ.get("RESTANTE_SHARED", ROOT.parent / "shared")) / "data"
    if not shared.exists():
        print("skipped: the published letters are not here", flush=True)
        return
    for folder in ("itk3-payloads/messages", "itk3/messages-other-itk3"):
        for file in sorted((shared / folder).glob("*.xml")):
            if file.name not in REFUSED:
                yield file.name, file.read_text()
    before = own.split("<Bundle><id")[0]
    for file in sorted((shared / "itk3-payloads/documents").glob("*.xml")):
        bundle = file.read_text().split("<Bundle", 1)[1]
        message = f"{before}<Bundle{bundle}</resource></entry>\n</Bundle>"
        definition = DEFINITIONS.get(file.name[:7], "ITK-eDischarge")
        message = message.replace("ITK-eDischarge", definition)
        yield file.name, message.replace("ITK003D", file.name[:7])


def events(text):
    return re.search(r'<event>.*?<code value="(ITK\d{3}[DM])"', text, re.S)


def prepared():
    """The letters about patients of the practice's list: name, workflow, text; and the list."""
    rows, found = ["nhs_number,family_name,given_names,date_of_birth,gp_ods_code"], []
    for place, (name, text) in enumerate(letters()):
        event = events(text)
        if event is None or event.group(1) not in WORKFLOWS:
            continue
        stated = re.search(r'nhs-number"\s*/>\s*<value value="([^"]*)"', text).group(1)
        number = valid_number(9_990_000_000 + 100 * place)
        patient = text[text.index("<Patient") :]
        official = patient[patient.index("<name") :]
        family = re.search(r'<family value="([^"]*)"', official).group(1)
        born = re.search(r'<birthDate value="([^"]*)"', patient).group(1)
        rows.append(f"{number},{family},,{born},A20047")
        text = re.sub(r"<relatesTo>.*?</relatesTo>", "", text.replace(stated, number), flags=re.S)
        # Many of the published letters have the same ids: each is from a mailbox of its own.
        found.append((name, WORKFLOWS[event.group(1)], text))
    return found, "\n".join(rows) + "\n"


class Receiver(Practice):
    """A practice with one clerk that takes letters."""

    def __init__(self, patients):
        super().__init__(CONFIG, patients, jo="clerk")

    def publish(self, place, name, workflow, text):
        identity = f"20261122090000{place:06}_{place:06X}"
        control = CONTROL.format(subject=name, id=identity, workflow=workflow)
        control = control.replace("RX1OT001", f"RX1OT{place:03}")
        for ending, content in (("dat", text), ("ctl", control)):
            put(self.home / "mailbox/IN", f"{identity}.{ending}", content)


def sections(text):
    """Title and words, without white space, of every section."""
    root = ElementTree.fromstring(text.encode())
    for section in root.iter(f"{FHIR}section"):
        title = section.find(f"{FHIR}title")
        div = section.find(f"{FHIR}text/{XHTML}div")
        words = "" if div is None else "".join(div.itertext())
        yield title.get("value").strip(), re.sub(r"\s", "", words)


def is_read(page, name, text):
    """Every section stands on the page in its order, visible, with each of its words."""
    wanted = list(sections(text))
    headings = page.locator("h3[id^=section-]")
    shown = page.locator(".pages-letter")
    expect(headings).to_have_count(len(wanted))
    expect(shown).to_have_count(len(wanted))
    for place, (title, words) in enumerate(wanted):
        if headings.nth(place).inner_text().strip() != title:
            fail(f"{name}: section {place} is not {title}")
        there = re.sub(r"\s", "", shown.nth(place).text_content())
        if name != "hostile.xml" and there != words:
            fail(f"{name}: {title}: {len(there)} letters are shown of {len(words)}")
        if words and not shown.nth(place).is_visible():
            fail(f"{name}: {title} cannot be seen")


def is_accessible(page, name):
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            fail(f"{name}: {width} px wide on a {size['width']} px screen")
        for violation in Axe().run(page, options=RULES).response["violations"]:
            places = [node["target"] for node in violation["nodes"][:3]]
            words = f"{name} at {size['width']}: {violation['id']} ({violation['impact']}) {places}"
            if violation["impact"] in ("serious", "critical"):
                fail(words)
            else:
                print("note", words, flush=True)


def opened(page, name):
    """A letter by its subject, which the list has as the title of its link."""
    page.goto(practice.url("/inbox?sort=newest"))
    link = page.locator(f'#letters a[title="{name}"]')
    expect(link).to_be_visible()
    link.click()
    expect(page.locator(".paper")).to_contain_text(name)
    expect(page.locator(".patient .tag-ok")).to_have_text("Number, family name and birth date match")


def every_letter_is_read(page, found):
    for place, (name, workflow, text) in enumerate(found, start=1):
        practice.publish(place, name, workflow, text)
        opened(page, name)
        is_read(page, name, text)
        is_accessible(page, name)
        print("read", name, flush=True)
    check(page, "letter")


def nothing_runs(page):
    page.on("dialog", lambda dialog: fail(f"a script ran: {dialog.message}"))
    opened(page, "hostile.xml")
    letter = page.locator(".pages-letter").nth(1)
    expect(letter).to_contain_text("link")
    expect(letter).to_contain_text("a chart")
    if letter.locator("script, img, a, [class=nhsuk-button], [style]").count():
        fail("what is not allowed is in the page")
    letter.get_by_text("click").click()
    # The row that stood in no row can be reached and read by keyboard.
    region = letter.get_by_role("region")
    region.focus()
    if region.evaluate("e => e === document.activeElement") is not True:
        fail("a table cannot be reached by keyboard")
    check(page, "letter-hostile")


def it_is_printed(page, text):
    """Whom it is about, every word, and nothing that is for hands."""
    opened(page, "own.xml")
    reader = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    printed = re.sub(r"\s", "", "".join(part.extract_text() for part in reader.pages))
    patient = page.locator(".patient h1").inner_text()
    wanted = [patient, "Born", "NHS no.", "Number, family name and birth date match", "Version"]
    wanted += [words for title, body in sections(text) for words in (title, body)]
    for words in wanted:
        if re.sub(r"\s", "", words) not in printed:
            fail(f"{words[:80]} is not on paper: {printed[:1500]}")
    for words in ("File to the record", "Assign", "Add the note", "Next", "Journey", "hostile.xml", "Search"):
        if re.sub(r"\s", "", words) in printed:
            fail(f"{words} is on paper")


def the_list_says_another_birth_date(page, text):
    """Told in words wherever the letter is looked at, and asked about before it is filed."""
    opened(page, "own.xml")
    born = re.search(r'<birthDate value="([^"]*)"', text[text.index("<Patient") :]).group(1)
    number = page.locator(".patient dd").nth(1).inner_text().replace(" ", "")
    rows = (practice.home / "patients.csv").read_text()
    new = re.sub(rf"^({number},.*,){born},", r"\g<1>1946-06-26,", rows, flags=re.M)
    put(practice.home, "patients.csv", new)
    odd = page.locator(".patient-odd")
    until(lambda: page.reload() and odd.count() == 1, "the list is not read again", 30)
    expect(odd).to_contain_text(re.compile(r"Birth date differs: letter .*, our list 26\sJun\s1946"))
    expect(odd).to_contain_text("When it came: number, family name and birth date match")
    check(page, "letter-differs")
    page.get_by_role("button", name="File to the record").click()
    expect(page.locator("h1")).to_contain_text("Is this the same patient?")
    check(page, "letter-question")
    page.get_by_role("link", name="Do not file").click()
    expect(page.locator(".patient-odd")).to_be_visible()
    page.get_by_role("button", name="File to the record").click()
    page.get_by_role("button", name="It is the same patient").click()
    page.wait_for_load_state()
    opened_again = page.locator('#letters a[title="own.xml"]')
    page.goto(practice.url("/inbox?state=filed"))
    opened_again.click()
    page.get_by_role("link", name=re.compile("^History")).click()
    expect(page.locator("#history")).to_contain_text("Filed to the record; after comparing: birth date differs")


found, patients = prepared()
with Receiver(patients) as practice:
    page = practice.sign_in("jo")
    every_letter_is_read(page, found)
    nothing_runs(page)
    it_is_printed(page, found[0][2])
    the_list_says_another_birth_date(page, found[0][2])
done()
