"use strict";

// What every page has: light and dark, the menu, the state in the address, the language switch and the citation.
(() => {
  const { t, core, number } = passerelle;
  const page = document.documentElement.dataset.page;

  // The theme follows the system until the reader chooses; a file path may offer no storage.
  const stored = (() => { try { return localStorage.getItem("passerelle-theme"); } catch { return null; } })();
  if (stored === "dark" || stored === "light") document.documentElement.dataset.theme = stored;
  document.getElementById("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("passerelle-theme", document.documentElement.dataset.theme); } catch { /* not kept */ }
  });

  const menu = document.getElementById("menu");
  menu.addEventListener("click", () => {
    const open = menu.getAttribute("aria-expanded") !== "true";
    menu.setAttribute("aria-expanded", String(open));
  });

  // The state of a page is its query, so that it can be linked, cited and read in the other language.
  const state = {
    all: (name) => new URLSearchParams(location.search).getAll(name),
    get: (name) => new URLSearchParams(location.search).get(name) || "",
    set(values) {
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(values)) {
        query.delete(name);
        for (const one of [value].flat()) if (one !== "" && one !== null && one !== undefined) query.append(name, one);
      }
      const text = query.toString();
      history.replaceState(null, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`);
      follow();
    },
    number(kind, name) {
      return passerelle.numberOf[kind].get(state.get(name));
    },
  };

  function follow() {
    const language = document.getElementById("language");
    language.href = `../${language.hreflang}/${page}.html${location.search}${location.hash}`;
    document.getElementById("permalink").textContent = location.href;
  }
  follow();
  addEventListener("hashchange", follow);

  document.getElementById("copy").addEventListener("click", async () => {
    const text = document.getElementById("citation").textContent.replace(/\s+/g, " ").trim();
    try {
      await navigator.clipboard.writeText(text);
      document.getElementById("copied").textContent = t("site.copied");
    } catch {
      getSelection().selectAllChildren(document.getElementById("citation"));
    }
  });

  const age = document.getElementById("age");
  if (age) {
    const days = Math.floor((Date.now() - Date.parse(core.as_of)) / 86400000);
    if (days > 1) age.textContent = `(${t("site.days_ago", { n: number(days) })})`;
  }

  // Runs a page; what a file lacks is said on the page.
  function start(make) {
    const app = document.getElementById("app");
    const done = () => {
      if (app) app.setAttribute("aria-busy", "false");
      performance.mark("ready");
    };
    Promise.resolve()
      .then(() => make(app))
      .then(() => { done(); if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView(); })
      .catch((error) => {
        done();
        (app || document.getElementById("main")).append(passerelle.notice(`${t("site.load_failed")} (${error.message})`));
      });
  }

  const titled = (text) => { document.title = `${text} · ${t("site.name")}`; };
  Object.assign(passerelle, { state, start, titled });
})();
