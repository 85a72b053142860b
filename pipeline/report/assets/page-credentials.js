"use strict";

// All credentials: filtered, in order.
passerelle.start((app) => {
  const { core, h, t, state, number, percent, money, hours, absent, fits, searchable, interval, title, titleLang, credentialLink, compareLink, roleName } = passerelle;
  const c = core.credentials;
  const fields = [
    { name: "q", label: t("filters.search_credentials"), type: "search" },
    { name: "region", label: t("filters.region"), type: "select", options: [["", t("regions.ALL")], ...passerelle.named(c.region, passerelle.region).slice(1)] },
    { name: "sector", label: t("filters.sector"), type: "select", options: passerelle.named(core.roles.sector, passerelle.sector) },
    { name: "hours", label: t("filters.hours"), type: "number" },
    { name: "delivery", label: t("filters.delivery"), type: "select", options: passerelle.named(c.delivery_mode, passerelle.delivery) },
    { name: "sort", label: t("filters.sort"), type: "select", options: ["best", "hours", "cost", "completeness", "name"].map((key) => [key, t(`sort.${key}`)]) },
  ];
  const found = h("p", { class: "found", role: "status" });
  const out = h("div");
  const orders = {
    best: (n) => -(c.best_coverage[n] ?? 0), hours: (n) => c.hours[n] ?? Infinity, cost: (n) => c.cost[n] ?? Infinity, completeness: (n) => -(c.completeness[n] ?? 0), name: () => 0,
  };
  const place = (n) => (c.best_role[n] === null ? null : c.best_role[n]);

  function show() {
    const most = Number.parseFloat(state.get("hours").replace(",", "."));
    const region = state.get("region");
    const rows = c.credential_id.map((_, n) => n).filter((n) => fits(searchable.credential[n], state.get("q"))
      && (!region || c.region[n] === region || c.delivery_mode[n] === "online")
      && (!state.get("sector") || (place(n) !== null && core.roles.sector[place(n)] === state.get("sector")))
      && (Number.isNaN(most) || (c.hours[n] !== null && c.hours[n] <= most))
      && (!state.get("delivery") || c.delivery_mode[n] === state.get("delivery")));
    const order = orders[state.get("sort")] || orders.best;
    const by = (a, b) => { const x = order(a); const y = order(b); return x === y ? 0 : x - y; };
    rows.sort((a, b) => by(a, b) || title(a).localeCompare(title(b), passerelle.lang));
    found.textContent = t("credentials.found", { n: number(rows.length) });
    const columns = [
      { label: t("credentials.col_title"), cell: (n) => [h("a", { href: credentialLink(n), lang: titleLang(n) }, title(n)), h("br"), h("span", { class: "note" }, c.issuer[n] || "")], value: (n) => title(n) },
      { label: t("credentials.col_best"), cell: (n) => (place(n) === null ? "–" : [h("a", { class: "plain", href: compareLink(place(n), [n]) }, interval(c.best_coverage[n])), h("br"), h("span", { class: "note" }, roleName(place(n)))]), value: (n) => c.best_coverage[n] },
      { label: t("credentials.col_hours"), numeric: true, cell: (n) => hours(c.hours[n]), value: (n) => c.hours[n] },
      { label: t("credentials.col_cost"), numeric: true, cell: (n) => (absent(c.cost[n]) ? t("unit.none") : money(c.cost[n], c.cost_currency[n] || core.currency)), value: (n) => c.cost[n] },
      { label: t("credentials.col_delivery"), cell: (n) => passerelle.delivery(c.delivery_mode[n]), value: (n) => c.delivery_mode[n] },
      { label: t("credentials.col_skills"), numeric: true, cell: (n) => number(c.skills[n]), value: (n) => c.skills[n] },
    ];
    if (passerelle.has("credential_value")) columns.push({ label: t("credentials.col_pay"), numeric: true, cell: (n) => passerelle.ratio(c.wage_ratio[n]), value: (n) => c.wage_ratio[n] });
    if (passerelle.has("credential_completeness")) columns.push({ label: t("credentials.col_clear"), numeric: true, cell: (n) => percent(c.completeness[n]), value: (n) => c.completeness[n] });
    passerelle.replace(out, passerelle.table({ name: "credentials", caption: t("credentials.title"), rows, columns }));
  }

  app.append(passerelle.filters(fields, show), found, out, h("p", { class: "note" }, t("credentials.region_note")));
  show();
});
