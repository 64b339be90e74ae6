// Keys, how many letters are chosen, and rows that stay where they are while the list renews itself. The inbox works
// without: each key does what a link or a button does, too. Keys can be switched off ("?"); which are meant for the page says pages.js.
(() => {
  "use strict";
  const panes = document.querySelector(".panes");
  if (!panes) return;
  const rows = () => [...document.querySelectorAll(".letter-row:not(.gone)")];
  const here = () => document.querySelector(".letter-row.here");
  const keys = document.getElementById("keys");

  // How many are chosen, and how many of them are not filed together with others.
  const form = document.getElementById("several");
  const count = () => {
    if (!form) return;
    const chosen = [...document.querySelectorAll(".letter-row input:checked")];
    const kept = chosen.filter((box) => box.dataset.keptOut);
    const file = form.querySelector("[data-several]");
    if (file) file.textContent = chosen.length ? `File ${chosen.length - kept.length} …` : "File …";
    told.textContent = chosen.length
      ? `${chosen.length} chosen${kept.length ? `, ${kept.length} not for filing` : ""}`
      : "";
    form.parentElement.classList.toggle("some", chosen.length > 0);
    for (const row of rows()) row.classList.toggle("picked", row.querySelector("input")?.checked === true);
  };
  const told = document.createElement("span");
  told.className = "told";
  told.setAttribute("role", "status");
  if (form) {
    form.prepend(told);
    document.addEventListener("change", (event) => event.target.form === form && count());
    addEventListener("pageshow", count);
  }

  // New letters come last, letters that are gone stay where they were until the page is left, so that nothing moves
  // under a pointer or the focus.
  document.addEventListener("renewing", (event) => {
    const part = event.target;
    if (!part.hasAttribute("data-rows") || !event.detail.hasAttribute("data-rows")) return;
    event.preventDefault();
    const fresh = new Map([...event.detail.children].map((row) => [row.id, row]));
    for (const row of [...part.children]) {
      const again = fresh.get(row.id);
      fresh.delete(row.id);
      if (!again) {
        if (row.classList.contains("gone")) continue;
        row.classList.add("gone");
        row.querySelector("label")?.replaceChildren();
        const meta = row.querySelector(".meta");
        if (meta) meta.textContent = "No longer in this list";
      } else if (!row.contains(document.activeElement)) {
        const chosen = row.querySelector("input")?.checked;
        const taken = document.adoptNode(again);
        if (chosen) taken.querySelector("input").checked = true;
        if (taken.outerHTML !== row.outerHTML) row.replaceWith(taken);
      }
    }
    for (const row of fresh.values()) part.append(document.adoptNode(row));
    count();
  });

  const step = (by) => {
    const all = [...document.querySelectorAll(".letter-row")].filter((row) => row === here() || !row.classList.contains("gone"));
    const place = all.indexOf(here());
    if (place < 0 && document.getElementById("letter-place")) {
      return document.querySelector(by > 0 ? "#next" : "#previous")?.click();
    }
    if (place < 0) return all[0]?.querySelector("a")?.click();
    const next = all[place + by];
    if (next) return next.querySelector("a").click();
    const more = document.querySelector(by > 0 ? "#more a[rel=next], #next" : "#more a[rel=prev], #previous");
    if (more) more.click();
  };
  const unfold = (id) => {
    const act = document.getElementById(id);
    if (!act) return;
    act.open = true;
    act.querySelector("textarea, select, input:not([type=hidden])")?.focus();
  };
  const choose = () => {
    const row = document.activeElement?.closest?.(".letter-row") ?? here();
    row?.querySelector("input")?.click();
  };
  // A key that was meant for the letter before does not file the one that opened by itself since; and none files twice.
  let settled = false;
  addEventListener("pageshow", () => setTimeout(() => (settled = true), 1000));
  const file = () => {
    if (!settled) return;
    settled = false;
    press("file");
  };
  const press = (id) => document.getElementById(id)?.click();
  const does = {
    j: () => step(1),
    k: () => step(-1),
    f: file,
    a: () => press("mine"),
    n: () => unfold("act-note"),
    r: () => unfold("act-reason"),
    u: () => press("undo"),
    x: choose,
    p: () => print(),
    "/": () => document.getElementById("q")?.focus(),
  };

  document.addEventListener("single-key", (event) => {
    const key = event.detail;
    if (key === "?") return keys?.showModal();
    if (panes.dataset.keys === "off" || !Object.hasOwn(does, key)) return;
    event.preventDefault();
    does[key]();
  });

  // A letter that opened by itself counts as opened once it was in view for a while.
  const unseen = document.querySelector("#opened form");
  let watching = 0;
  const watch = () => {
    clearTimeout(watching);
    if (!unseen || document.hidden) return;
    watching = setTimeout(() => {
      document.removeEventListener("visibilitychange", watch);
      fetch(unseen.action, { method: "POST", body: new URLSearchParams(new FormData(unseen)) }).catch(() => {});
    }, 2000);
  };
  document.addEventListener("visibilitychange", watch);
  watch();

  // A panel that was opened by its button closes by Escape.
  document.addEventListener("keydown", (event) => {
    const panel = event.key === "Escape" && event.target.closest("details.act, details.more");
    if (!panel) return;
    panel.open = false;
    panel.querySelector("summary").focus();
  });

  // The hints belong to the script, as what they tell needs it.
  const hints = { file: "f", mine: "a", undo: "u" };
  const off = panes.dataset.keys === "off";
  const hint = () => {
    if (off) return;
    for (const [id, key] of [...Object.entries(hints), ["act-note", "n"], ["act-reason", "r"]]) {
      const place = document.getElementById(id);
      const button = place?.matches("details") ? place.querySelector("summary") : place;
      if (!button || button.querySelector("kbd")) continue;
      const mark = button.appendChild(document.createElement("kbd"));
      mark.textContent = key;
      mark.setAttribute("aria-hidden", "true");
    }
    const acts = document.getElementById("acts");
    if (!acts || acts.querySelector(".keys")) return;
    const all = acts.appendChild(document.createElement("button"));
    all.type = "button";
    all.className = "btn btn-sm btn-plain push keys hint-keys";
    all.textContent = "All keys: ?";
    all.addEventListener("click", () => keys.showModal());
  };
  hint();
  document.addEventListener("renewed", hint);
  document.querySelector(".letter-row.here")?.scrollIntoView({ block: "nearest" });
  count();
})();
