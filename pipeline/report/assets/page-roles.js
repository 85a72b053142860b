"use strict";

// All roles: filtered, in order, with the demand of the region that is chosen.
passerelle.start((app) => {
  const { core, h, t, state, number, percent, money, growth, absent, fits, searchable, interval, suppressed, roleName, roleLink, compareLink } = passerelle;
  const d = core.demand;
  const at = (name, place) => (d[name] ? d[name][place] : null);
  const places = new Map(d.role.map((role, place) => [`${role}/${d.region[place]}`, place]));
  const regions = [...new Set(d.region)].filter((code) => code !== "ALL");
  const fields = [
    { name: "q", label: t("filters.search_roles"), type: "search" },
    { name: "region", label: t("filters.region"), type: "select", options: [["", t("regions.ALL")], ...passerelle.named(regions, passerelle.region).slice(1)] },
    { name: "sector", label: t("filters.sector"), type: "select", options: passerelle.named(core.roles.sector, passerelle.sector) },
    { name: "wage", label: `${t("filters.wage")} (${core.currency})`, type: "number" },
    { name: "open", label: t("filters.open"), type: "check" },
    { name: "sort", label: t("filters.sort"), type: "select", options: ["demand", "wage", "vacancies", "growth", "coverage", "name"].map((key) => [key, t(`sort.${key}`)]) },
  ];
  const found = h("p", { class: "found", role: "status" });
  const out = h("div");
  const drawing = h("div");

  function row(role, place) {
    const open = at("no_degree_share", place) >= core.open_share && at("entry_experience_share", place) >= core.open_share;
    return { role, name: roleName(role), vacancies: at("vacancies", place), growth: at("growth", place), wage: at("wage_median", place),
      q1: at("wage_q1", place), q3: at("wage_q3", place), index: at("demand_index", place), hidden: at("suppressed", place) === true, open, best: core.best[role] };
  }

  const orders = {
    demand: (r) => -(r.index ?? -1), wage: (r) => -(r.wage ?? -1), vacancies: (r) => -(r.vacancies ?? -1), growth: (r) => -(r.growth ?? -99),
    coverage: (r) => (r.best ? r.best[1] : 0), name: () => 0,
  };

  function show() {
    const region = state.get("region") || "ALL";
    const wage = Number.parseFloat(state.get("wage").replace(",", "."));
    const rows = core.roles.role_id.map((_, role) => [role, places.get(`${role}/${region}`)])
      .filter(([role, place]) => place !== undefined && fits(searchable.role[role], state.get("q")))
      .map(([role, place]) => row(role, place))
      .filter((r) => (!state.get("sector") || core.roles.sector[r.role] === state.get("sector")) && (Number.isNaN(wage) || (r.wage ?? 0) >= wage) && (state.get("open") !== "1" || r.open));
    const order = orders[state.get("sort")] || orders.demand;
    rows.sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name, passerelle.lang));
    found.textContent = t("roles.found", { n: number(rows.length) });
    passerelle.replace(out, passerelle.table({ name: "roles", caption: t("roles.title"), rows, columns: [
      { label: t("roles.col_role"), cell: (r) => h("a", { href: roleLink(r.role) }, r.name), value: (r) => r.name },
      { label: t("roles.col_vacancies"), numeric: true, cell: (r) => (r.hidden ? suppressed() : number(r.vacancies)), value: (r) => r.vacancies },
      { label: t("roles.col_growth"), numeric: true, cell: (r) => (r.hidden ? "–" : growth(r.growth)), value: (r) => r.growth },
      { label: t("roles.col_wage"), numeric: true, cell: (r) => (r.hidden ? "–" : money(r.wage)), value: (r) => r.wage },
      { label: t("roles.col_entry"), cell: (r) => (r.open ? h("span", { class: "tag", title: t("roles.open_note") }, t("roles.open")) : ""), value: (r) => (r.open ? t("roles.open") : "") },
      { label: t("roles.col_best"), cell: (r) => (r.best ? h("a", { class: "plain", href: compareLink(r.role, [r.best[0]]) }, interval(r.best[1], r.best[2], r.best[3])) : "–"), value: (r) => (r.best ? r.best[1] : null) },
    ] }));
    const paid = rows.filter((r) => !absent(r.wage) && !absent(r.q1)).slice(0, 15);
    passerelle.replace(drawing, paid.length ? passerelle.dots({
      title: t("roles.chart"), alt: `${t("roles.chart")}: ${paid.map((r) => `${r.name} ${money(r.wage)}`).join("; ")}`,
      axis: t("axis.wage"), domain: [Math.min(...paid.map((r) => r.q1), core.wage_all ?? Infinity) * 0.95, Math.max(...paid.map((r) => r.q3)) * 1.03], reference: absent(core.wage_all) ? undefined : core.wage_all,
      format: (x) => money(x).replace(/[.,]00/, ""),
      data: paid.map((r) => ({ key: r.role, label: r.name, value: r.wage, low: r.q1, high: r.q3, tip: `${r.name}\n${money(r.wage)} (${money(r.q1)}–${money(r.q3)})` })),
      headings: [t("roles.col_role"), t("roles.col_wage"), "25 %", "75 %"], rows: paid.map((r) => [r.name, money(r.wage), money(r.q1), money(r.q3)]),
      go: (x) => roleLink(x.key),
    }) : null);
  }

  app.append(passerelle.filters(fields, show), found, out, h("p", { class: "note" }, t("roles.region_note")), drawing);
  show();
});
