"use strict";

// What moved since the snapshot before, and which cause moved it.
passerelle.start(async (app) => {
  const { core, h, t, load, number, percent, signed, notice } = passerelle;
  const { roleName, title, titleLang, credentialLink, roleLink } = passerelle;
  if (!passerelle.has("changes")) return app.append(notice(t("changes.none")));
  const data = await load("changes");
  const rows = data.rows.map((row) => Object.fromEntries(data.names.map((name, at) => [name, row[at]])));
  const causes = data.names.filter((name) => name.startsWith("by_"));
  for (const row of rows) {
    row.change = row.coverage_to - row.coverage_from;
    row.why = [...causes].sort((a, b) => Math.abs(row[b]) - Math.abs(row[a]))[0];
    row.name = row.credential === null ? row.credential_id : title(row.credential);
    row.place = row.role === null ? row.role_id : roleName(row.role);
  }
  const used = causes.filter((cause) => rows.some((row) => Math.abs(row[cause]) > 0.0005));
  const top = rows.slice(0, 12).map((row, n) => ({ ...row, key: n, label: `${row.name} → ${row.place}` }));
  const bars = top.flatMap((row) => used.map((cause) => ({ ...row, cause: t(`changes.${cause}`), value: row[cause] })));
  app.append(h("p", { class: "fresh" }, t("changes.from", { before: core.before, after: core.snapshot }), " · ", t("changes.count", { n: number(data.count) })));
  const hues = ["var(--accent)", "var(--warm)", "var(--soft)", "var(--tint)", "var(--cat5)", "var(--cat6)", "var(--cat7)"];
  const legend = h("ul", { class: "legend" }, used.map((cause, n) => h("li", null, passerelle.s("svg", { width: 12, height: 12, "aria-hidden": "true" }, passerelle.s("rect", { width: 12, height: 12, fill: hues[n] })), t(`changes.${cause}`))));
  if (!rows.length) return app.append(notice(t("changes.nothing")));
  app.append(passerelle.chart({
    title: t("changes.chart"), alt: top.map((row) => `${row.label} ${signed(row.change)}`).join("; "),
    headings: [t("changes.col_credential"), ...used.map((cause) => t(`changes.${cause}`)), t("changes.col_change")], rows: top.map((row) => [row.label, ...used.map((cause) => signed(row[cause])), signed(row.change)]),
    draw: (width) => ({
      height: top.length * 30 + 90, marginLeft: Math.min(320, width * 0.45), marginTop: 34,
      color: { domain: used.map((cause) => t(`changes.${cause}`)), range: hues },
      x: { label: t("axis.change"), tickFormat: (x) => signed(x, 0), grid: true, ticks: width < 600 ? 3 : 6 },
      y: { domain: top.map((row) => row.key), label: null, tickSize: 0, tickFormat: (key) => passerelle.cut(top[key].label, Math.floor(Math.min(320, width * 0.45) / 6.8)) },
      marks: [Plot.barX(bars, { x: "value", y: "key", fill: "cause", insetTop: 5, insetBottom: 5 }), Plot.ruleX([0], { stroke: passerelle.INK.ink })],
    }) }), legend);
  app.append(passerelle.table({ name: "changes", caption: t("changes.title"), rows, columns: [
    { label: t("changes.col_credential"), cell: (row) => [row.credential === null ? row.name : h("a", { href: credentialLink(row.credential), lang: titleLang(row.credential) }, row.name), row.kind === "both" ? null : [" ", h("span", { class: "tag" }, t(`changes.${row.kind}`))]], value: (row) => row.name },
    { label: t("changes.col_role"), cell: (row) => (row.role === null ? row.place : h("a", { href: roleLink(row.role) }, row.place)), value: (row) => row.place },
    { label: t("changes.col_from"), numeric: true, cell: (row) => percent(row.coverage_from), value: (row) => row.coverage_from },
    { label: t("changes.col_to"), numeric: true, cell: (row) => percent(row.coverage_to), value: (row) => row.coverage_to },
    { label: t("changes.col_change"), numeric: true, cell: (row) => signed(row.change), value: (row) => row.change },
    { label: t("changes.col_why"), cell: (row) => [t(`changes.${row.why}`), " ", h("span", { class: "note" }, signed(row[row.why]))], value: (row) => t(`changes.${row.why}`) },
  ] }));
});
