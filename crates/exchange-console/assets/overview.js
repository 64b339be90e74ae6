// Says what a chart shows under the pointer. Without it the same stands in the table.
(() => {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  let shown = null;

  const leave = () => {
    if (!shown) return;
    shown.line.remove();
    shown.now.hidden = true;
    shown.legend.hidden = false;
    shown = null;
  };

  const show = (figure, svg, event) => {
    const values = figure.dataset.values.split("\n");
    const [left, right, top, bottom] = figure.dataset.frame.split(" ").map(Number);
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const place = Math.floor(((x - left) / (right - left)) * values.length);
    if (place < 0 || place >= values.length) return leave();
    if (!shown || shown.figure !== figure) {
      leave();
      const line = document.createElementNS(NS, "line");
      line.setAttribute("class", "line-here");
      line.setAttribute("y1", top);
      line.setAttribute("y2", bottom);
      svg.append(line);
      shown = { figure, line, now: figure.querySelector(".chart-now"), legend: figure.querySelector(".legend") };
      shown.legend.hidden = true;
      shown.now.hidden = false;
    }
    const middle = left + ((place + 0.5) / values.length) * (right - left);
    shown.line.setAttribute("x1", middle);
    shown.line.setAttribute("x2", middle);
    shown.now.textContent = values[place];
  };

  document.addEventListener("pointermove", (event) => {
    const svg = event.target instanceof Element ? event.target.closest(".chart svg") : null;
    if (svg) show(svg.closest(".chart"), svg, event);
    else leave();
  });
})();
