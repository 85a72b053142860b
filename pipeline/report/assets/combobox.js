"use strict";

// A field that suggests roles or credentials while one types: the ARIA combobox pattern with a list box.
(() => {
  const { h, t, fits, searchable, number } = passerelle;
  const MOST = 12;

  // kind: role or credential; label: the field's; chosen: called with a number; only: which numbers are offered.
  function combobox({ kind, label, chosen, only = () => true, value, id }) {
    const name = kind === "role" ? passerelle.roleName : passerelle.title;
    const list = h("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, hidden: true });
    const status = h("span", { class: "visually-hidden", role: "status" });
    const input = h("input", {
      id, type: "text", role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": `${id}-list`, placeholder: t("filters.choose"),
    });
    if (value !== undefined) input.value = name(value);
    let found = [];
    let active = -1;

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      active = -1;
    }

    function choose(n) {
      input.value = name(n);
      close();
      chosen(n);
    }

    function mark(at) {
      active = at;
      [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
      input.setAttribute("aria-activedescendant", `${id}-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
    }

    function suggest(typed) {
      found = searchable[kind].map((text, n) => [text, n]).filter(([text, n]) => only(n) && fits(text, typed)).map(([, n]) => n);
      found.sort((a, b) => name(a).localeCompare(name(b), passerelle.lang));
      list.replaceChildren(...found.slice(0, MOST).map((n, at) =>
        h("li", { id: `${id}-${at}`, role: "option", "aria-selected": "false", lang: kind === "credential" ? passerelle.titleLang(n) : null,
          mousedown: (event) => { event.preventDefault(); choose(n); } }, name(n))));
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(found.length > 0));
      status.textContent = t("filters.suggestions", { n: number(found.length) });
      active = -1;
    }

    input.addEventListener("input", () => suggest(input.value));
    input.addEventListener("focus", () => { input.select(); suggest(""); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      const shown = Math.min(found.length, MOST);
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) suggest(input.value);
        else if (shown) mark((active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1) + shown) % shown);
      } else if (event.key === "Enter" && !list.hidden && shown) {
        event.preventDefault();
        choose(found[active < 0 ? 0 : active]);
      } else if (event.key === "Escape") close();
    });
    return h("div", { class: "combobox" }, h("label", { for: id }, label), input, list, status);
  }

  Object.assign(passerelle, { combobox });
})();
