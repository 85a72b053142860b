"use strict";

// Demanded skills that no credential teaches: design briefs, and the skills one by one.
passerelle.start(async (app) => {
  const { core, h, t, load, state, number, percent, money, hours, absent, fold, fits, notice, section, replace } = passerelle;
  const { roleName, roleLink, skillName, title, titleLang, credentialLink, lang } = passerelle;
  if (!passerelle.has("unmet_demand")) return app.append(notice(t("site.missing_table")));
  const data = await load("unmet");
  const regions = [...new Set(data.skills.map((row) => row.region))].filter((code) => code !== "ALL");
  const fields = [
    { name: "q", label: t("filters.search_skills"), type: "search" },
    { name: "region", label: t("filters.region"), type: "select", options: [["", t("regions.ALL")], ...passerelle.named(regions, passerelle.region).slice(1)] },
    { name: "sector", label: t("filters.sector"), type: "select", options: passerelle.named(core.roles.sector, passerelle.sector) },
    { name: "scope", label: t("filters.scope"), type: "select", options: passerelle.named(data.skills.map((row) => row.scope), (scope) => t(`unmet.${scope}`)) },
  ];
  const folded = new Map();
  const text = (skill) => {
    if (!folded.has(skill)) folded.set(skill, fold(`${core.skills.label_en[skill]} ${core.skills.label_fr[skill]}`));
    return folded.get(skill);
  };
  const out = h("div");
  const inSector = (roles) => !state.get("sector") || roles.some((role) => core.roles.sector[role] === state.get("sector"));
  const roleList = (roles) => roles.slice(0, 4).map((role, at) => [at ? ", " : "", h("a", { href: roleLink(role) }, roleName(role))]);

  function brief(b) {
    const line = (label, ...value) => h("div", null, h("dt", null, label), h("dd", null, ...value));
    return h("article", { class: "brief" }, h("h3", null, b[`title_${lang}`]), b.fits ? null : h("p", { class: "note" }, t("unmet.small")),
      h("dl", { class: "facts" },
        line(t("unmet.skills_label"), h("ul", { class: "plain-list" }, b.skills.map((skill) => h("li", null, skillName(skill))))),
        line(t("unmet.roles_label"), roleList(b.roles)),
        line(t("unmet.demand_label"), t("unmet.demand_text", { vacancies: number(b.vacancies), low: number(b.vacancies_low), high: number(b.vacancies_high), postings: number(b.postings) })),
        line(t("unmet.wage_label"), absent(b.wage_median) ? t("unit.none") : [money(b.wage_median), absent(b.wage_median_low) ? "" : ` (${money(b.wage_median_low)}–${money(b.wage_median_high)})`]),
        line(t("unmet.hours_label"), absent(b.hours) ? t("unit.none") : t("unmet.hours_text", { hours: hours(Math.round(b.hours)), low: number(b.hours_low), high: number(b.hours_high) }))),
      b.examples.length ? h("details", null, h("summary", null, t("unmet.example_label")), h("div", { class: "quotes" }, b.examples.map((e) => passerelle.quote(e.sentence, e.start, e.end, e.language, passerelle.posting([e.title, e.employer, null, e.posted_on, e.url]))))) : null);
  }

  function show() {
    const region = state.get("region") || "ALL";
    const q = state.get("q");
    const skills = data.skills.filter((row) => row.region === region && fits(text(row.skill), q) && inSector(row.roles) && (!state.get("scope") || row.scope === state.get("scope")));
    const bundles = data.bundles.filter((b) => b.region === region && inSector(b.roles) && (!q || b.skills.some((skill) => fits(text(skill), q))));
    bundles.sort((a, b) => b.fits - a.fits || a.rank - b.rank);
    const top = skills.slice(0, 12);
    replace(out,
      passerelle.has("unmet_bundles") ? section("briefs", t("unmet.briefs"), h("p", { class: "sub" }, t("unmet.brief_lead")), bundles.length ? h("div", { class: "briefs" }, bundles.slice(0, 12).map(brief)) : notice(t("table.none"))) : null,
      section("unmet-skills", t("unmet.skills"),
        top.length ? passerelle.dots({ title: t("unmet.chart"), alt: `${t("unmet.chart")}: ${top.map((row) => `${skillName(row.skill)} ${number(row.vacancies, 1)}`).join("; ")}`, axis: t("role.vacancies"), format: (x) => number(x), domain: [0, Math.max(...top.map((row) => row.vacancies_high ?? row.vacancies)) * 1.05],
          data: top.map((row) => ({ key: row.skill, label: skillName(row.skill), value: row.vacancies, low: row.vacancies_low, high: row.vacancies_high, tip: `${skillName(row.skill)}\n${number(row.vacancies, 1)} (${number(row.vacancies_low, 1)}–${number(row.vacancies_high, 1)})` })),
          headings: [t("unmet.col_skill"), t("role.vacancies")], rows: top.map((row) => [skillName(row.skill), number(row.vacancies, 1)]) }) : null,
        passerelle.table({ name: "unmet", caption: t("unmet.skills"), rows: skills, columns: [
          { label: t("unmet.col_skill"), cell: (row) => skillName(row.skill), value: (row) => skillName(row.skill) },
          { label: t("unmet.col_demand"), numeric: true, cell: (row) => number(row.demand, 1), value: (row) => row.demand },
          { label: t("unmet.col_postings"), numeric: true, cell: (row) => number(row.postings), value: (row) => row.postings },
          { label: t("unmet.col_roles"), cell: (row) => roleList(row.roles), value: (row) => row.roles.map(roleName).join("; ") },
          { label: t("unmet.col_scope"), cell: (row) => t(`unmet.${row.scope}`), value: (row) => t(`unmet.${row.scope}`) },
          { label: t("unmet.col_nearest"), cell: (row) => (absent(row.nearest) ? "–" : [h("a", { href: credentialLink(row.nearest), lang: titleLang(row.nearest) }, title(row.nearest)), " ", h("span", { class: "note" }, percent(row.taught))]), value: (row) => (absent(row.nearest) ? null : title(row.nearest)) },
        ] })));
  }

  app.append(passerelle.filters(fields, show), out);
  show();
});
