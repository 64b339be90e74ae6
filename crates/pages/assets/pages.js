// Makes pages renew what they show when the site says that something changed. Every page works
// without this script; it only spares the reload.
(() => {
  "use strict";
  const body = document.body;
  // What only a script can do is shown where there is one.
  document.documentElement.classList.add("has-script");
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
  });

  // A key that is meant for the page is told to its scripts, where the focus is, as "single-key". One that acts on it
  // prevents what the browser would do. No key is meant for the page in a field that letters are typed into or in a
  // dialog that is open; one that was just closed has the focus until the page is drawn again.
  const elsewhere = "input:not([type=checkbox], [type=radio]), textarea, select, dialog[open]";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest(elsewhere)) return;
    const told = new CustomEvent("single-key", { detail: event.key, bubbles: true, cancelable: true });
    if (!event.target.dispatchEvent(told)) event.preventDefault();
  });

  const events = body.dataset.events;
  let shown = body.dataset.version;
  let source = null;
  let wanted = false;
  let renewing = false;
  // Milliseconds between one renewal and the next.
  const REST = 400;

  // A part of the page is marked with data-live and an id of its own. It is left alone while
  // somebody writes in it.
  const isBusy = (part) => {
    const focused = document.activeElement;
    return part.contains(focused) && focused.matches("input:not([type=checkbox]), textarea, select");
  };

  // What somebody chose or typed in a part and has not sent yet stays.
  const carry = (part, other) => {
    for (const field of part.querySelectorAll("input[id]:not([type=file]), textarea[id]")) {
      const again = other.querySelector("#" + CSS.escape(field.id));
      if (!again) continue;
      if (field.checked !== field.defaultChecked) again.checked = field.checked;
      if (field.value !== field.defaultValue) again.value = field.value;
    }
  };

  const take = (fresh) => {
    for (const part of document.querySelectorAll("[data-live][id]")) {
      const other = fresh.getElementById(part.id);
      if (!other || part.outerHTML === other.outerHTML || isBusy(part)) continue;
      // A page's own script may take the part over in its own way.
      const renewing = new CustomEvent("renewing", { detail: other, bubbles: true, cancelable: true });
      if (!part.dispatchEvent(renewing)) continue;
      const focused = part.contains(document.activeElement) ? document.activeElement : null;
      const open = [...part.querySelectorAll("details[open] > summary")].map((e) => e.textContent);
      const mark = focused && (focused.id || focused.getAttribute("href"));
      carry(part, other);
      part.replaceWith(document.adoptNode(other));
      for (const summary of other.querySelectorAll("details > summary")) {
        if (open.includes(summary.textContent)) summary.parentElement.open = true;
      }
      if (mark) {
        const again = [...other.querySelectorAll("[id], a[href]")].find(
          (e) => e.id === mark || e.getAttribute("href") === mark,
        );
        if (again) again.focus({ preventScroll: true });
      }
    }
  };

  // What the head of a page of work counts, and the tab with it.
  const takeCounts = (fresh) => {
    if (!body.matches(".work") || document.querySelector("[data-error-summary]")) return;
    document.title = fresh.title;
    for (const nav of [".bar-nav", ".bar-menu nav"]) {
      const links = document.querySelectorAll(`${nav} a`);
      const others = fresh.querySelectorAll(`${nav} a`);
      for (const [place, link] of links.entries()) {
        const other = others[place];
        if (other && other.href === link.href && other.innerHTML !== link.innerHTML) link.innerHTML = other.innerHTML;
      }
    }
  };

  // A part may say that it will show something else after so many milliseconds although nothing happens then.
  let later = 0;
  const renewLater = (passed) => {
    clearTimeout(later);
    const waits = [...document.querySelectorAll("[data-renew-after]")].map((part) => Number(part.dataset.renewAfter));
    if (waits.length && !document.hidden) later = setTimeout(renew, Math.max(Math.min(...waits) - passed, 50));
  };

  const renew = async () => {
    if (renewing) {
      wanted = true;
      return;
    }
    renewing = true;
    do {
      wanted = false;
      try {
        const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
        if (answer.status === 401) return location.reload();
        if (answer.ok) {
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
          take(fresh);
          takeCounts(fresh);
          document.dispatchEvent(new CustomEvent("renewed"));
        }
      } catch {
        // The site is away: the connection comes back by itself and asks again.
      }
      await new Promise((resolve) => setTimeout(resolve, REST));
    } while (wanted);
    renewing = false;
    renewLater(REST);
  };

  const listen = () => {
    if (source || !document.querySelector("[data-live][id]")) return;
    source = new EventSource(events);
    source.addEventListener("message", (event) => {
      if (event.data === shown) return;
      shown = event.data;
      renew();
    });
    source.addEventListener("signed-out", () => location.reload());
  };

  const stop = () => {
    if (source) source.close();
    source = null;
  };

  // A page nobody sees holds no connection: a browser has few for each site.
  if (events) {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return stop();
      listen();
      renewLater(0);
    });
    addEventListener("pagehide", stop);
    addEventListener("pageshow", listen);
    if (!document.hidden) listen();
    renewLater(0);
  }

  // What has to be corrected is read out first.
  document.querySelector("[data-error-summary]")?.focus();

  // A second click does not send a form a second time.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 3000);
  });
})();
