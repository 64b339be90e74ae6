// Keeps the form of a consultation as a draft while it is typed, and says when it did. The page works without this
// script: its button keeps a draft as well.
(() => {
  "use strict";
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const told = form.querySelector("[data-kept]");
  // Milliseconds after the last letter, between two keepings, and after one that failed.
  const PAUSE = 1500;
  const REST = 1000;
  const AGAIN = 10000;
  const ENDED = {
    401: "Not kept: you are signed out. Copy what you typed before you sign in again.",
    403: "Not kept: you are signed out. Copy what you typed before you sign in again.",
    404: "Not kept: this draft was sent or discarded. Copy what you typed.",
    410: "Not kept: this draft was sent or discarded. Copy what you typed.",
    413: "Not kept: this is more text than a draft can hold.",
  };
  // Of a 409, by what it says is in the way.
  const TOO_MANY = "Not kept: you have as many drafts as are kept. Send or discard some of them.";
  const CHANGED = "Not kept: this draft was changed in another window. Copy what you typed here, then ";

  // What the page holds and no draft does.
  let unsaved = "unsaved" in form.dataset;
  // What was sent and may have arrived, though no answer came back.
  let doubtful = null;
  let under = null;
  // Nothing can be kept here any more; the page is being left.
  let ended = false;
  let leaving = false;
  let timer = 0;
  let wait = AGAIN;

  const tell = (words) => {
    if (told.textContent !== words) told.textContent = words;
  };

  const later = (wait) => {
    clearTimeout(timer);
    if (!ended && !leaving) timer = setTimeout(keep, wait);
  };

  const typed = () => new URLSearchParams(new FormData(form)).toString();

  const refused = ({ problem, address }) => {
    if (problem !== "changed") return tell(TOO_MANY);
    const link = document.createElement("a");
    link.href = address;
    link.textContent = "open the draft as it is now";
    told.replaceChildren(CHANGED, link, ".");
  };

  const send = async () => {
    unsaved = false;
    // The same once more is answered with the draft's revision, where it had arrived; anything else would be refused.
    const body = doubtful ?? typed();
    doubtful = body;
    try {
      const answer = await fetch(form.dataset.keep, {
        method: "POST",
        body,
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
        // A tab that closes lets go of what is under way, but for so many bytes.
        keepalive: document.hidden && body.length < 60000,
      });
      if (answer.ok) {
        const kept = await answer.json();
        doubtful = null;
        unsaved ||= body !== typed();
        form.elements.revision.value = kept.revision;
        for (const field of document.querySelectorAll('input[name="draft"]')) field.value = kept.draft;
        // Reloading the page goes on with the draft. Its address is an id and names nobody.
        history.replaceState(history.state, "", kept.address);
        wait = PAUSE;
        return tell(`Kept ${kept.at}`);
      }
      unsaved = true;
      wait = answer.status === 429 ? REST : AGAIN;
      if (answer.status < 500) doubtful = null;
      if (answer.status === 409) {
        ended = true;
        return refused(await answer.json().catch(() => ({})));
      }
      ended = answer.status in ENDED;
      if (answer.status !== 429) tell(ENDED[answer.status] ?? "Not kept yet. Trying again.");
    } catch {
      unsaved = true;
      wait = AGAIN;
      tell("Not kept yet: the service does not answer. Trying again.");
    }
  };

  const keep = async () => {
    clearTimeout(timer);
    if (under || ended || leaving || !unsaved) return under;
    under = send();
    await under;
    under = null;
    if (unsaved) later(wait);
  };

  form.addEventListener("input", (event) => {
    if (event.target.name === "template") return;
    unsaved = true;
    if (!under) later(PAUSE);
  });
  if (unsaved) later(0);
  document.addEventListener("visibilitychange", () => document.hidden && keep());
  addEventListener("beforeunload", (event) => {
    if (!unsaved) return;
    event.preventDefault();
    // Whoever stays types on.
    setTimeout(() => {
      leaving = false;
      later(REST);
    });
  });

  // A form that leaves takes what is typed with it, and goes once nothing of it is on its way any more. A search for
  // the patient leaves the form behind, so the form is kept first.
  const leave = (event, isKeptFirst) => {
    if (!leaving && (under || (isKeptFirst() && !ended))) {
      event.preventDefault();
      event.stopPropagation();
      const { target, submitter } = event;
      const settle = async () => {
        while (under) await under;
        for (let tries = 0; isKeptFirst() && !ended && tries < 3; tries += 1) {
          if (tries) await new Promise((resolve) => setTimeout(resolve, REST));
          await keep();
        }
        leaving = true;
        target.requestSubmit(submitter);
      };
      settle();
      return;
    }
    clearTimeout(timer);
    leaving = true;
    if (event.target === form) unsaved = false;
  };
  form.addEventListener("submit", (event) => leave(event, () => doubtful));
  for (const other of document.querySelectorAll("form")) {
    if (other !== form && other.elements.draft) {
      other.addEventListener("submit", (event) => leave(event, () => unsaved));
    }
  }
  // Back on the page by the browser's own button.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    ended = leaving = false;
    // What the form took with it may be kept with another revision by now.
    if (!unsaved && form.elements.draft.value) location.reload();
  });
})();
