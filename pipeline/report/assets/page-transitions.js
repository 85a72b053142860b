"use strict";

// From one role to others: what is to be learned, what it pays, and the credentials that bridge it.
passerelle.start(async (app) => {
  const { core, h, t, load, state, number, percent, money, hours, absent, interval, suppressed, notice, section, replace } = passerelle;
  const { roleName, roleLink, skillName, title, titleLang, credentialLink, ratio } = passerelle;
  if (!passerelle.has("transitions")) return app.append(notice(t("site.missing_table")));
  const chooser = h("div", { class: "chooser" });
  const out = h("div");
  const detail = h("div", { id: "way", tabindex: "-1" });
  app.append(chooser, detail, out);
  let from = state.number("role", "from");
  let ways = [];

  const fields = () => [
    { name: "region", label: t("filters.region"), type: "select", options: [["", t("regions.ALL")], ...passerelle.named(ways.map((w) => w.region).filter((code) => code !== "ALL"), passerelle.region).slice(1)] },
    { name: "sector", label: t("filters.sector"), type: "select", options: passerelle.named(core.roles.sector, passerelle.sector) },
    { name: "wage", label: `${t("filters.wage")} (${core.currency})`, type: "number" },
    { name: "hours", label: t("filters.hours"), type: "number" },
    { name: "sort", label: t("filters.sort"), type: "select", options: ["gap", "wage_change", "vacancies_to"].map((key) => [key, t(`sort.${key}`)]) },
  ];
  const orders = { gap: (w) => w.gap, wage_change: (w) => -(w.wage_change ?? 0), vacancies_to: (w) => -(w.vacancies_to ?? 0) };
  const bridge = (w) => (w.stack.length ? w.stack.map((n, at) => [at ? ", " : "", h("a", { href: credentialLink(n), lang: titleLang(n) }, title(n))]) : t("transitions.no_stack"));
  const pay = (w) => (w.suppressed ? suppressed() : absent(w.wage_change) ? "–" : [ratio(w.wage_change), h("br"), h("span", { class: "note" }, `${money(w.wage_from)} → ${money(w.wage_to)}`)]);

  function showWay(w) {
    state.set({ to: core.roles.role_id[w.to] });
    const skills = (list, count) => [h("ul", { class: "plain-list" }, list.map((n) => h("li", null, skillName(n)))), count > list.length ? h("p", { class: "note" }, t("transitions.more_skills", { n: number(count - list.length) })) : null];
    replace(detail, section("way-heading", t("transitions.way", { from: roleName(from), to: roleName(w.to) }),
      h("div", { class: "answer" },
        h("section", { class: "part" }, h("h3", null, t("transitions.gap_skills")), h("p", null, interval(w.gap, w.gap_low, w.gap_high)), skills(w.gap_skills, w.gap_count)),
        h("section", { class: "part" }, h("h3", null, t("transitions.transferable")), skills(w.transferable, w.transferable_count)),
        h("section", { class: "part" }, h("h3", null, t("transitions.col_stack")), w.stack.length ? [h("ol", { class: "steps" }, w.stack.map((n) => h("li", null, h("a", { href: credentialLink(n), lang: titleLang(n) }, title(n))))), h("p", { class: "note" }, t(absent(w.hours) ? "transitions.closes_unknown" : "transitions.closes", { closed: percent(w.gap_closed), hours: hours(w.hours) }))] : h("p", null, t("transitions.no_stack"))),
        h("section", { class: "part" }, h("h3", null, t("transitions.col_wage")), h("p", { class: "verdict" }, pay(w)), w.suppressed ? null : h("p", { class: "note" }, `${t("transitions.col_vacancies")}: ${number(w.vacancies_from)} → ${number(w.vacancies_to)}`))),
      h("p", { class: "links" }, h("a", { href: roleLink(w.to) }, roleName(w.to)), passerelle.core.best[w.to] ? h("a", { href: passerelle.compareLink(w.to, w.stack.length ? w.stack.slice(0, 4) : [passerelle.core.best[w.to][0]]) }, t("overview.why")) : null)));
  }

  function show() {
    const region = state.get("region") || "ALL";
    const least = Number.parseFloat(state.get("wage").replace(",", "."));
    const most = Number.parseFloat(state.get("hours").replace(",", "."));
    const order = orders[state.get("sort")] || orders.gap;
    const rows = ways.filter((w) => w.region === region && (!state.get("sector") || core.roles.sector[w.to] === state.get("sector")) && (Number.isNaN(least) || (w.wage_to ?? 0) >= least) && (Number.isNaN(most) || (!absent(w.hours) && w.hours <= most)));
    rows.sort((a, b) => order(a) - order(b) || roleName(a.to).localeCompare(roleName(b.to), passerelle.lang));
    const wanted = state.number("role", "to");
    const chosen = rows.find((w) => w.to === wanted);
    if (chosen) showWay(chosen);
    else replace(detail, wanted === undefined ? null : notice(t("transitions.none")));
    const paid = rows.filter((w) => !absent(w.wage_change));
    replace(out.lastChild, paid.length > 1 ? passerelle.chart({
      title: t("transitions.chart"), alt: t("transitions.chart_alt", { n: number(paid.length) }),
      headings: [t("transitions.col_to"), t("transitions.col_gap"), t("transitions.col_wage")], rows: paid.map((w) => [roleName(w.to), percent(w.gap), ratio(w.wage_change)]),
      draw: (width) => ({
        height: 380, marginLeft: 56, marginBottom: 44, marginTop: 28, marginRight: 20,
        x: { label: t("transitions.chart_gap"), tickFormat: (x) => percent(x), ticks: width < 600 ? 4 : 8, nice: true }, y: { label: t("transitions.chart_wage"), tickFormat: (x) => ratio(x), grid: true, nice: true }, r: { range: [3, 16] },
        marks: [Plot.ruleY([1], { stroke: passerelle.INK.soft, strokeDasharray: "3 3" }),
          Plot.dot(paid, { x: "gap", y: "wage_change", r: "vacancies_to", fill: passerelle.INK.accent, fillOpacity: 0.35, stroke: passerelle.INK.accent }),
          Plot.text(paid.slice(0, width < 600 ? 3 : 8), { x: "gap", y: "wage_change", text: (w) => passerelle.cut(roleName(w.to), 26), dy: -12, fontSize: 12, fill: passerelle.INK.ink, stroke: "var(--paper)", strokeWidth: 4 }),
          Plot.tip(paid, Plot.pointer({ x: "gap", y: "wage_change", title: (w) => `${roleName(w.to)}\n${t("transitions.col_gap")} ${percent(w.gap)} · ${ratio(w.wage_change)}`, fill: "var(--paper)", stroke: passerelle.INK.rule }))],
      }) }) : null, passerelle.table({ name: "transitions", caption: t("transitions.title"), rows, columns: [
      { label: t("transitions.col_to"), cell: (w) => h("button", { type: "button", class: "link", click: () => { showWay(w); detail.focus(); detail.scrollIntoView({ block: "start" }); } }, roleName(w.to)), value: (w) => roleName(w.to) },
      { label: t("transitions.col_gap"), cell: (w) => interval(w.gap, w.gap_low, w.gap_high), value: (w) => w.gap },
      { label: t("transitions.col_wage"), numeric: true, cell: pay, value: (w) => w.wage_change },
      { label: t("transitions.col_vacancies"), numeric: true, cell: (w) => (w.suppressed ? "–" : number(w.vacancies_to)), value: (w) => w.vacancies_to },
      { label: t("transitions.col_stack"), cell: bridge, value: (w) => w.stack.map(title).join("; ") },
      { label: t("transitions.col_closed"), numeric: true, cell: (w) => (w.stack.length ? percent(w.gap_closed) : "–"), value: (w) => w.gap_closed },
    ] }));
  }

  async function leave(role) {
    from = role;
    state.set({ from: core.roles.role_id[role] });
    const { names, ways: rows } = await load(`transitions-${role}`).catch(() => ({ names: [], ways: [] }));
    ways = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])));
    replace(out, passerelle.filters(fields(), show), h("div"));
    show();
  }

  chooser.append(
    passerelle.combobox({ id: "from", kind: "role", label: t("filters.from"), only: (n) => core.roles.profiled[n], value: from, chosen: (n) => { state.set({ to: "" }); leave(n); } }),
    passerelle.combobox({ id: "to", kind: "role", label: t("filters.to"), only: (n) => core.roles.profiled[n], value: state.number("role", "to"), chosen: (n) => { state.set({ to: core.roles.role_id[n] }); if (from !== undefined) show(); } }));
  if (from === undefined) out.append(h("p", null, t("transitions.choose")));
  else await leave(from);
});
