"use strict";

// Elements from data. Text goes in as text and never as markup, whatever it holds.
(() => {
  const { t, percent, absent } = passerelle;
  const SVG = "http://www.w3.org/2000/svg";

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value === true) element.setAttribute(name, "");
      else element.setAttribute(name, String(value));
    }
    element.append(...children.flat(Infinity).filter((child) => !absent(child) && child !== false));
    return element;
  }

  const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  // An address given by a source is followed only if it is one of the web.
  function outside(url, text) {
    let parsed;
    try {
      parsed = new URL(url);
    } catch {
      return h("span", null, text);
    }
    if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return h("span", null, text);
    return h("a", { href: parsed.href, rel: "noopener noreferrer", class: "outside" }, text);
  }

  // A dot with its interval on a rail from 0 to 1, its figure beside it.
  function interval(value, low, high, { of = 1, show = percent } = {}) {
    if (absent(value)) return h("span", null, "–");
    const at = (x) => `${Math.max(0, Math.min(100, (x / of) * 100)).toFixed(1)}%`;
    return h("span", { class: "strip" },
      s("svg", { class: "interval", width: 120, height: 14, "aria-hidden": "true", focusable: "false" },
        s("line", { class: "rail", x1: 0, x2: "100%", y1: 7, y2: 7 }),
        absent(low) ? null : s("line", { class: "range", x1: at(low), x2: at(high), y1: 7, y2: 7 }),
        s("circle", { cx: at(value), cy: 7, r: 4.5 })),
      h("span", { class: "value" }, show(value)),
      absent(low) ? null : h("span", { class: "bounds" }, ` ${show(low)}–${show(high)}`));
  }

  // A bar from 0, for shares that have no interval.
  function bar(value, of = 1) {
    return s("svg", { class: "bar-mark", width: 96, height: 10, "aria-hidden": "true", focusable: "false" },
      s("rect", { class: "rail", x: 0, y: 0, width: "100%", height: 10 }),
      s("rect", { class: "filled", x: 0, y: 0, width: `${Math.min(100, (value / of) * 100).toFixed(1)}%`, height: 10 }));
  }

  const suppressed = () => h("span", { class: "suppressed", title: t("unit.suppressed_note") }, t("unit.suppressed"));
  const notice = (text) => h("p", { class: "notice" }, text);
  const section = (id, heading, ...children) => h("section", { "aria-labelledby": id }, h("h2", { id }, heading), ...children);
  const head = (heading, lead, attributes) => h("div", { class: "head" }, h("h1", attributes, heading), h("p", { class: "lead" }, lead));
  const scroll = (label, table) => h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, table);

  function replace(target, ...children) {
    target.replaceChildren(...children.flat(Infinity).filter((child) => !absent(child) && child !== false));
  }

  Object.assign(passerelle, { h, s, outside, interval, bar, suppressed, notice, section, head, scroll, replace });
})();
