// Asks before a review with unsaved decisions is left, and moves through its entries by single keys. The page
// works without this script.
(() => {
  "use strict";
  const form = document.querySelector("form.review");
  if (!form) return;

  // Decisions that were refused, or that somebody else was quicker than, stand in the form unsaved.
  let unsaved = document.querySelector("[data-error-summary], [data-unsaved]") !== null;
  form.addEventListener("input", () => (unsaved = true));
  form.addEventListener("submit", () => (unsaved = false));
  addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  // Keys act only while a decision has the focus, so that nobody who types or dictates elsewhere sets them off.
  const ways = { a: "take", m: "amend", x: "refuse" };
  const steps = { j: 1, k: -1 };
  const decisions = [...form.querySelectorAll("fieldset.choice")];
  const first = (decision) => decision.querySelector("input:checked") ?? decision.querySelector("input");

  form.addEventListener("single-key", (event) => {
    const decision = event.target.closest("fieldset.choice");
    if (!decision) return;
    const key = event.detail;
    const next = decisions[decisions.indexOf(decision) + steps[key]];
    if (next) {
      first(next).focus();
      event.preventDefault();
    }
    // An entry with a warning is not accepted by a key: each of its ways is chosen by its words.
    if (!ways[key] || decision.classList.contains("choice-odd")) return;
    const way = decision.querySelector(`input[value="${ways[key]}"]`);
    way.focus();
    way.click();
  });

  const keys = document.createElement("span");
  keys.className = "keys push hint-keys";
  for (const [pressed, does] of [
    ["j k", "next, previous entry"],
    ["a m x", "accept, amend, refuse"],
  ]) {
    const hint = keys.appendChild(document.createElement("span"));
    for (const key of pressed.split(" ")) {
      hint.appendChild(document.createElement("kbd")).textContent = key;
      hint.append(" ");
    }
    hint.append(does);
  }
  form.querySelector(".review-foot").append(keys);
})();
