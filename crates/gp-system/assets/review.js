// Asks before a review with unsaved decisions is left. The page works without this script.
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
})();
