// Copy beside a command works with a script only, and is made by it.
"use strict";

(() => {
  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-sm btn-plain";
    made.textContent = words;
    made.addEventListener("click", () => act(made));
    return made;
  };

  for (const command of document.querySelectorAll(".copy code")) {
    if (!navigator.clipboard) break;
    command.after(button("Copy", async (made) => {
      await navigator.clipboard.writeText(command.textContent);
      made.textContent = "Copied";
    }));
  }
})();
