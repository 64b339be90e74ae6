// Keys and Copy buttons for the sandbox's page. It works without: each key does what a link does, too. Keys can be
// switched off ("?"); which are meant for the page says pages.js.
(() => {
  "use strict";
  const off = "restante-keys-off";
  const keys = [
    ["j, k", "next, previous message"],
    ["1 – 7", "views of the message"],
    ["e", "next finding"],
    ["/", "search"],
    ["?", "this list"],
  ];
  const isOff = () => localStorage.getItem(off) === "1";

  const step = (by) => {
    const all = [...document.querySelectorAll(".mail")];
    const here = all.findIndex((line) => line.hasAttribute("aria-current"));
    const next = all[here < 0 ? 0 : here + by];
    if (next) location.href = next.href;
  };

  const list = () => {
    let dialog = document.querySelector("dialog.keys-list");
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "keys-list";
      const words = document.createElement("dl");
      words.className = "facts";
      for (const [key, what] of keys) {
        const name = document.createElement("dt");
        name.textContent = key;
        const text = document.createElement("dd");
        text.textContent = what;
        words.append(name, text);
      }
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = isOff();
      box.addEventListener("change", () => localStorage.setItem(off, box.checked ? "1" : "0"));
      label.append(box, " Single keys do nothing but open this list");
      const close = document.createElement("button");
      close.className = "btn btn-sm";
      close.textContent = "Close";
      close.addEventListener("click", () => dialog.close());
      const title = document.createElement("h2");
      title.textContent = "Keys";
      dialog.append(title, words, label, document.createElement("br"), close);
      document.body.append(dialog);
    }
    dialog.showModal();
  };

  document.addEventListener("single-key", (event) => {
    const key = event.detail;
    if (key === "?") return list();
    if (isOff()) return;
    const tab = Number(key);
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "e") document.querySelector("[data-next-finding]")?.click();
    else if (key === "/") {
      event.preventDefault();
      document.getElementById("q")?.focus();
    } else if (tab >= 1 && tab <= 7) document.querySelectorAll(".tabs a")[tab - 1]?.click();
  });

  // What is to be copied gets its button here, for it needs this script.
  for (const box of document.querySelectorAll(".copy")) {
    const code = box.querySelector("code");
    const button = document.createElement("button");
    button.className = "btn btn-sm btn-plain";
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    });
    box.append(button);
  }
})();
