"use strict";

// Tables of rows that can be filtered, put in order, grown and saved.
(() => {
  const { h, t, number, state, scroll, replace } = passerelle;
  const STEP = 40;

  // Text that a spreadsheet would run gets an apostrophe in front.
  function cell(value) {
    const text = value === null || value === undefined ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  }

  function csv(name, headings, rows) {
    const lines = [headings, ...rows].map((row) => row.map(cell).join(",")).join("\r\n");
    const source = `\r\n${cell(document.querySelector("#citation span").textContent)}\r\n`;
    const url = URL.createObjectURL(new Blob(["\ufeff", lines, source], { type: "text/csv;charset=utf-8" }));
    const link = h("a", { href: url, download: `${name}.csv`, hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
    URL.revokeObjectURL(url);
  }

  // columns: [{label, cell(row) -> node, value(row) -> what CSV has, numeric, head}]; the first heads its row.
  function table({ name, caption, columns, rows }) {
    let shown = Math.min(STEP, rows.length);
    const body = h("tbody");
    const note = h("span", { class: "note" });
    const more = h("button", { type: "button" }, t("table.more"));
    const line = (row) => h("tr", null, columns.map((column, at) =>
      h(at ? "td" : "th", { scope: at ? null : "row", class: column.numeric ? "n" : null, "data-label": column.label }, column.cell(row))));
    function grow(to) {
      body.append(...rows.slice(body.children.length, to).map(line));
      shown = body.children.length;
      note.textContent = t("table.showing", { shown: number(shown), count: number(rows.length) });
      more.hidden = shown >= rows.length;
    }
    grow(shown);
    more.addEventListener("click", () => grow(shown + STEP));
    addEventListener("beforeprint", () => grow(rows.length));
    const save = h("button", { type: "button", class: "quiet", click: () => csv(name, columns.map((c) => c.label), rows.map((row) => columns.map((c) => c.value(row)))) }, t("table.csv"));
    if (!rows.length) return passerelle.notice(t("table.none"));
    return h("div", { class: "listing" },
      scroll(caption, h("table", { class: "stackable" }, h("caption", { class: "visually-hidden" }, caption),
        h("thead", null, h("tr", null, columns.map((c) => h("th", { scope: "col", class: c.numeric ? "n" : null }, c.label)))), body)),
      h("p", { class: "after" }, note, " ", more, " ", save));
  }

  // What an input adds to the address: nothing where it stands as it does at first.
  function valueOf(input) {
    if (input.type === "checkbox") return input.checked ? "1" : "";
    return input.tagName === "SELECT" && input.value === input.options[0].value ? "" : input.value;
  }

  // fields: [{name, label, type: search|select|number|check, options: [[value, label]]}]; each lives in the address.
  function filters(fields, changed) {
    const inputs = fields.map((field) => {
      const id = `filter-${field.name}`;
      const value = state.get(field.name);
      const note = () => {
        state.set(Object.fromEntries(inputs.map(([name, input]) => [name, valueOf(input)])));
        changed();
      };
      let input;
      if (field.type === "select") {
        input = h("select", { id, change: note }, field.options.map(([v, label]) => h("option", { value: v }, label)));
        input.value = [...input.options].some((option) => option.value === value) ? value : field.options[0][0];
      } else if (field.type === "check") {
        input = h("input", { id, type: "checkbox", change: note });
        input.checked = value === "1";
      } else {
        input = h("input", { id, type: field.type === "search" ? "search" : "number", min: field.type === "number" ? "0" : null, step: field.type === "number" ? "any" : null, inputmode: field.type === "number" ? "decimal" : null, input: note });
        input.value = value;
      }
      return [field.name, input, field.label];
    });
    const reset = h("button", { type: "reset", class: "quiet" }, t("filters.reset"));
    const form = h("form", { class: "filters", role: "search", "aria-label": t("filters.legend") }, inputs.map(([, input, label]) =>
      input.type === "checkbox" ? h("div", { class: "field check" }, input, h("label", { for: input.id }, label))
        : h("div", { class: "field" }, h("label", { for: input.id }, label), input)), h("div", { class: "field" }, reset));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      for (const [, input] of inputs) {
        if (input.type === "checkbox") input.checked = false;
        else input.value = input.tagName === "SELECT" ? input.options[0].value : "";
      }
      state.set(Object.fromEntries(fields.map((field) => [field.name, ""])));
      changed();
    });
    return form;
  }

  const any = [["", t("filters.any")]];
  const named = (values, label) => [...any, ...[...new Set(values.filter(Boolean))].map((v) => [v, label(v)]).sort((a, b) => a[1].localeCompare(b[1], passerelle.lang))];
  Object.assign(passerelle, { table, filters, named, replace, csv });
})();
