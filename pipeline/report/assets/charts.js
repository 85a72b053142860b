"use strict";

// Charts, drawn by Observable Plot: each with a text that says the same, and its figures as a table.
(() => {
  const { h, t } = passerelle;
  // The library is large and a page can be read without it: it is fetched when the rest is done.
  const library = async () => {
    await passerelle.run("assets/vendor/d3.min.js");
    await passerelle.run("assets/vendor/plot.umd.min.js");
  };
  const INK = { ink: "var(--ink)", soft: "var(--soft)", rule: "var(--rule)", accent: "var(--accent)", tint: "var(--tint)", warm: "var(--warm)" };

  // title: heading; alt: the text alternative; draw(width) -> options of Plot.plot; headings and rows: the same figures;
  // go(datum) -> the page that a mark leads to.
  function chart({ title, alt, draw, headings, rows, go }) {
    const canvas = h("div", { class: "canvas" });
    const figure = h("figure", { class: "chart" }, title ? h("figcaption", null, title) : null, canvas);
    let width = 0;
    function render() {
      const wide = Math.floor(canvas.clientWidth);
      if (!wide || wide === width) return;
      width = wide;
      const plot = Plot.plot({ width, style: { fontSize: "13px", fontFamily: "inherit", overflow: "visible" }, ...draw(width) });
      const svg = plot.tagName === "svg" ? plot : plot.querySelector("svg");
      for (const part of svg.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", alt);
      if (go) {
        svg.addEventListener("click", () => { if (plot.value) location.href = go(plot.value); });
        svg.addEventListener("pointermove", () => svg.classList.toggle("points", Boolean(plot.value)));
      }
      canvas.replaceChildren(plot);
    }
    const later = window.requestIdleCallback || ((run) => setTimeout(run, 50));  // Safari has none
    later(async () => {
      await library();
      new ResizeObserver(() => requestAnimationFrame(render)).observe(canvas);
    }, { timeout: 1500 });
    const details = h("details", { class: "as-table" }, h("summary", null, t("table.as_table")));
    // A table of many rows is made when someone opens it.
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) {
        details.append(passerelle.scroll(title || alt, h("table", null, h("thead", null, h("tr", null, headings.map((text) => h("th", { scope: "col" }, text)))),
          h("tbody", null, rows.map((row) => h("tr", null, row.map((value, at) => h(at ? "td" : "th", { scope: at ? null : "row", class: at ? "n" : null }, value))))))));
      }
    }, true);
    figure.append(details);
    return figure;
  }

  // Text that fits its place on a narrow screen.
  const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const labels = (width) => Math.round(Math.min(300, width * 0.42));

  // Rows of dots with intervals: [{label, value, low, high}] from 0 to 1.
  function dots({ title, alt, data, axis, headings, rows, go, domain, format = passerelle.percent, reference }) {
    const order = data.map((d) => d.key);
    const name = new Map(data.map((d) => [d.key, d.label]));
    return chart({ title, alt, headings, rows, go, draw: (width) => ({
      height: data.length * 26 + 56, marginLeft: labels(width), marginRight: 24, marginTop: 8,
      x: { domain: domain || [0, Math.min(1, Math.max(...data.map((d) => d.high ?? d.value)) * 1.05)], label: axis, grid: true, ticks: width < 500 ? 4 : 6, tickFormat: (x) => format(x), labelAnchor: "left" },
      y: { type: "point", padding: 0.6, domain: order, label: null, tickSize: 0, tickFormat: (key) => cut(name.get(key), Math.floor(labels(width) / 6.6)) },
      marks: [
        reference === undefined ? null : Plot.ruleX([reference], { stroke: INK.soft, strokeDasharray: "3 3" }),
        Plot.link(data.filter((d) => !passerelle.absent(d.low)), { x1: "low", x2: "high", y1: "key", y2: "key", stroke: INK.accent, strokeOpacity: 0.45, strokeWidth: 4, strokeLinecap: "round" }),
        Plot.dot(data, { x: "value", y: "key", r: 5.5, fill: INK.accent, stroke: "var(--paper)", strokeWidth: 1.5 }),
        Plot.tip(data, Plot.pointerY({ x: "value", y: "key", title: "tip", fill: "var(--paper)", stroke: INK.rule })),
      ],
    }) });
  }

  // Rows that compare two shares: [{key, label, value, other}]; the filled dot is the value, the hollow one the other.
  function pairs({ title, alt, data, axis, headings, rows, go }) {
    const name = new Map(data.map((d) => [d.key, d.label]));
    return chart({ title, alt, headings, rows, go, draw: (width) => ({
      height: data.length * 26 + 56, marginLeft: labels(width), marginRight: 24, marginTop: 8,
      x: { label: axis, grid: true, ticks: width < 500 ? 4 : 6, tickFormat: (x) => passerelle.percent(x), labelAnchor: "left", zero: true, nice: true },
      y: { type: "point", padding: 0.6, domain: data.map((d) => d.key), label: null, tickSize: 0, tickFormat: (key) => cut(name.get(key), Math.floor(labels(width) / 6.6)) },
      marks: [
        Plot.link(data, { x1: "other", x2: "value", y1: "key", y2: "key", stroke: INK.tint, strokeWidth: 2 }),
        Plot.dot(data, { x: "other", y: "key", r: 4.5, fill: "var(--paper)", stroke: INK.soft, strokeWidth: 1.5 }),
        Plot.dot(data, { x: "value", y: "key", r: 5.5, fill: INK.accent }),
        Plot.tip(data, Plot.pointerY({ x: "value", y: "key", title: "tip", fill: "var(--paper)", stroke: INK.rule })),
      ],
    }) });
  }

  Object.assign(passerelle, { chart, dots, pairs, INK, cut });
})();
