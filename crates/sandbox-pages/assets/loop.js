// Adds a button that copies to each command and value, those that come with a renewal too. The page works without it.
(() => {
  "use strict";
  if (!navigator.clipboard) return;
  const add = () => {
    for (const line of document.querySelectorAll(".copy:not(:has(button))")) {
      const code = line.querySelector("code");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm btn-plain";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy: ${code.textContent}`);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = "Copy"), 2000);
      });
      line.append(button);
    }
  };
  add();
  new MutationObserver(add).observe(document.body, { childList: true, subtree: true });
})();
