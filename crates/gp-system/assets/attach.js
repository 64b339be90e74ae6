// Takes files that are dragged onto a draft, or chosen, one after the other, and says how far each is and what is
// wrong with it. The page works without this script: its button adds what was chosen.
(() => {
  "use strict";
  const form = document.querySelector("form[data-attach]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-files]");
  const largest = Number(form.dataset.largest);
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  const waiting = [];
  let working = false;

  form.querySelector("button").hidden = true;
  const label = form.querySelector("label");
  label.textContent = "Add files: drag them here, or choose them";

  const line = (file) => {
    const item = list.appendChild(document.createElement("p"));
    const words = item.appendChild(document.createElement("span"));
    const bar = item.appendChild(document.createElement("progress"));
    bar.max = 100;
    bar.setAttribute("aria-label", file.name);
    words.textContent = `${file.name}: waiting`;
    return {
      far: (part) => (bar.value = part * 100),
      say: (said) => (words.textContent = `${file.name}: ${said}`),
      refuse(said) {
        bar.remove();
        item.className = "entry-refused";
        // The service's own words begin with the name already.
        words.textContent = said.startsWith(`${file.name}: `) ? said : `${file.name}: ${said}`;
      },
      done() {
        bar.remove();
        words.textContent = `${file.name}: added`;
      },
    };
  };

  const answered = (request) => {
    try {
      return JSON.parse(request.responseText);
    } catch {
      return {};
    }
  };
  // How often the draft had been kept when it was as this page shows it: nothing is added to another, or sent of it.
  const seen = () => form.elements.revision.value;
  const see = (revision) => {
    for (const field of document.querySelectorAll('input[name="revision"]')) field.value = revision;
  };
  const REFUSED = {
    0: "not added: the service does not answer. Add it again.",
    401: "not added: you are signed out. Sign in and add it again.",
    403: "not added: you are signed out. Sign in and add it again.",
    404: "not added: the draft was changed, sent or discarded. Load this page again.",
    409: "not added: the draft was changed in another window, and nothing of that is lost. Load this page again.",
    413: "not added: the file is too large.",
  };

  const upload = (file, told) =>
    new Promise((resolve) => {
      const body = new FormData();
      // The token is the first field, or the form is refused.
      body.append("token", form.elements.token.value);
      body.append("revision", seen());
      body.append("file", file);
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) told.far(event.loaded / event.total);
      });
      request.addEventListener("loadend", () => {
        const { problem, revision } = answered(request);
        if (request.status === 200) {
          see(revision);
          told.done();
        } else told.refuse(problem || REFUSED[request.status] || "not added. Add it again.");
        resolve();
      });
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      told.say("on its way");
      request.send(body);
    });

  // The list of what is attached, as the service has it.
  const renew = async () => {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const attached = fresh.getElementById("attached");
    const revision = fresh.querySelector('input[name="revision"]')?.value;
    if (attached && revision === seen()) document.getElementById("attached").replaceWith(document.adoptNode(attached));
  };

  const work = async () => {
    if (working) return;
    working = true;
    while (waiting.length) {
      const [file, told] = waiting.shift();
      if (file.size > largest) told.refuse(`the file has ${megabytes(file.size)}, and ${megabytes(largest)} is the most`);
      else await upload(file, told);
    }
    await renew().catch(() => {});
    working = false;
    if (waiting.length) work();
  };

  const take = (files) => {
    for (const file of files) waiting.push([file, line(file)]);
    work();
  };

  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  const over = (event, is) => {
    event.preventDefault();
    form.classList.toggle("entry-drop--over", is);
  };
  form.addEventListener("dragover", (event) => over(event, true));
  form.addEventListener("dragleave", (event) => over(event, false));
  form.addEventListener("drop", (event) => {
    over(event, false);
    take([...event.dataTransfer.files]);
  });
  addEventListener("beforeunload", (event) => {
    if (working) event.preventDefault();
  });
})();
