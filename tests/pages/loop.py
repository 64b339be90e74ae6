"""The live loop, the demo's first page: each state of a letter photographed by its address, accessible at 390 and 1280
pixels, readable without JavaScript; each button's journey is seen to end as it says, and each fault is seen to act and
to be over."""

import re

from axe_playwright_python.sync_playwright import Axe

from harness import RULES, SHOTS, WIDE, Demo, done, expect, fail

NARROW = {"width": 390, "height": 844}
STEPS = ["written", "sent", "pds", "lookup", "collected", "task", "first-answer", "second-answer"]
# What each button's journey ends with, in the list of recent journeys.
ENDS = {
    "Delivered": "Delivered",
    "Unknown patient": "EPL-153: NHS Number not found, at PDS",
    "No practice": "EPL-151: No mailbox matched, at the endpoint lookup",
    "Payload refused": "20009",
    "Not known here": "30002",
    "Duplicate": "20007",
    "Replacement": "Delivered",
    "Large": "Delivered",
    "No answer": "No answer from Osprey yet",
}
# What the map says while a fault is on, and what the step says of a letter that meets it.
FAULTS = {
    "PDS away": ("switched off", "because you switched it off"),
    "Server says 503": ("says 503 to everybody", "because you told it to"),
    "Slow line": ("slow line", None),
    "Cut half-way": ("line cut half-way", None),
    "Delivered twice": (None, None),
    "Expired certificate": ("expired certificate", "because it has expired"),
}


def look(page, name):
    """A page as it is now at both widths: two pictures, no finding of axe, nothing wider than the screen."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        page.screenshot(path=SHOTS / f"loop-{name}-{size['width']}.png", full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            fail(f"{name}: {width} px wide on a {size['width']} px screen")
        if page.has_javascript:
            for violation in Axe().run(page, options=RULES).response["violations"]:
                places = [node["target"] for node in violation["nodes"][:3]]
                fail(f"{name} at {size['width']}: {violation['id']}: {violation['help']} {places}")
    print("looked at", name, flush=True)


def newest(page):
    return page.locator("#recent-sheet a.trip").first


def press(page, button):
    """Presses a button of "Send one"; gives the number of the letter that is shown then."""
    page.goto(demo.url("/?pace=live"))
    before = page.locator("#recent-sheet a.trip").first.get_attribute("href")
    page.locator(".send").get_by_role("button", name=button).click()
    page.wait_for_url("**/?pace=live")
    expect(newest(page)).not_to_have_attribute("href", before)
    return int(re.search(r"journey=(\d+)", newest(page).get_attribute("href"))[1])


def switch(page, name, on):
    button = page.get_by_role("switch", name=name)
    button.click()
    expect(page.get_by_role("switch", name=name)).to_have_attribute("aria-checked", "true" if on else "false")


with Demo() as demo:
    page = demo.sign_in()
    expect(page.locator("h1")).to_have_text("The live loop")
    page.goto(demo.url("/?pace=live"))
    expect(page.locator("#map")).to_contain_text("is delivered")
    look(page, "delivered")

    # Each step by its address, standing still.
    for number, name in enumerate(STEPS, 1):
        page.goto(demo.url(f"/?journey=1&step={number}"))
        expect(page.locator(".stepper [aria-current=step]")).to_have_count(1)
        look(page, f"step-{number}-{name}")
    page.goto(demo.url("/?pace=steps"))
    page.get_by_role("link", name="Next step").click()
    expect(page.locator(".map-head")).to_contain_text("Step 2 of 6")

    # With the keyboard: a mark on the map leads to its step.
    page.goto(demo.url("/?pace=live"))
    page.locator(".map-svg a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/?journey=1&step=*")

    # Ten times slower: told in its turn, while nobody does anything.
    page.goto(demo.url("/again?journey=1"))
    expect(page.locator(".map-head")).to_contain_text(re.compile(r"Step \d of 6"))
    expect(page.locator(".map-head")).to_contain_text("Delivered")

    # Every button's journey ends as it says.
    shown = {}
    for button, end in ENDS.items():
        shown[button] = press(page, button)
        expect(page.locator("#recent-sheet")).to_contain_text(end)
        if button not in ("Replacement", "Duplicate"):
            expect(newest(page)).to_contain_text(end)
        look(page, button.lower().replace(" ", "-"))
    page.goto(demo.url(f"/?journey={shown['Unknown patient']}"))
    expect(page).to_have_title(re.compile("^Not delivered: EPL-153"))
    expect(page.locator("#step")).to_contain_text("No practice has received the letter")
    page.get_by_role("button", name="Send one with the right number").click()
    expect(newest(page)).to_contain_text("Delivered")

    # Each fault is seen while it is on, and the letter arrives once it is off.
    for fault, (on_map, in_step) in FAULTS.items():
        page.goto(demo.url("/?pace=live"))
        switch(page, fault, True)
        if on_map:
            expect(page.locator(".map-svg")).to_contain_text(on_map)
        press(page, "Delivered")
        if in_step:
            expect(page.locator("#step")).to_contain_text(in_step)
        look(page, f"fault-{fault.lower().replace(' ', '-')}")
        switch(page, fault, False)
        expect(newest(page)).to_contain_text(re.compile("Delivered|20007"))
    expect(page.locator(".chaos")).to_contain_text("all off")

    last = press(page, "Delivered")
    expect(newest(page)).to_contain_text("Delivered")

    # Without JavaScript: read, sent, switched, and looked at again.
    plain = demo.page(javascript=False)
    plain.goto(demo.url("/"))
    expect(plain.locator("h1")).to_have_text("The live loop")
    plain.locator(".send").get_by_role("button", name="Delivered").click()
    plain.get_by_role("switch", name="PDS away").click()
    expect(plain.locator(".map-svg")).to_contain_text("switched off")
    plain.get_by_role("button", name="All off").click()
    plain.goto(demo.url(f"/?journey={last}&step=5"))
    expect(plain.locator("#step")).to_contain_text("began to download")
    look(plain, "without-javascript")
    plain.set_viewport_size(NARROW)
    expect(plain.locator(".road")).to_be_visible()
    expect(plain.locator(".map-svg")).to_be_hidden()

    # Nothing moves for those who do not want it, and nothing is missing.
    calm = demo.page()
    calm.emulate_media(reduced_motion="reduce")
    calm.goto(demo.url(f"/?journey={last}"))
    expect(calm.locator(".map-head")).to_contain_text("Delivered")
    if calm.evaluate("document.getAnimations().length"):
        fail("something moves although motion is not wanted")

done()
