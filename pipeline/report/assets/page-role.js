"use strict";

// One role: demand and pay, credentials, stacks, skills down to sentences.
passerelle.start(async (app) => {
  const { core, h, t, load, state, number, percent, money, growth, hours, absent, interval, bar, suppressed, notice, section, scroll } = passerelle;
  const { roleName, skillName, title, titleLang, credentialLink, compareLink } = passerelle;
  const role = state.number("role", "role");
  if (role === undefined) return app.append(passerelle.head(t("nav.role"), t("site.not_found")), h("p", null, h("a", { href: "roles.html" }, t("nav.roles"))));
  const data = await load(`role-${role}`);
  const d = core.demand;
  const places = d.role.map((r, place) => (r === role ? place : -1)).filter((place) => place >= 0);
  const at = (name, place) => (d[name] ? d[name][place] : null);
  const all = places.find((place) => d.region[place] === "ALL");
  passerelle.titled(roleName(role));

  function facts(place) {
    if (place === undefined) return notice(t("table.none"));
    if (at("suppressed", place)) return h("p", null, suppressed(), " ", t("unit.suppressed_note"));
    const wage = at("wage_median", place);
    const bounds = (name) => (absent(at(`${name}_low`, place)) ? null : t("unit.interval", { low: name.startsWith("wage") ? money(at(`${name}_low`, place)) : growth(at(`${name}_low`, place)), high: name.startsWith("wage") ? money(at(`${name}_high`, place)) : growth(at(`${name}_high`, place)) }));
    const fact = (label, value, ...notes) => h("div", null, h("dt", null, label), h("dd", null, value, notes.filter(Boolean).map((note) => h("span", { class: "note" }, note))));
    return h("dl", { class: "counts" },
      fact(t("role.vacancies"), number(at("vacancies", place))),
      fact(t("role.growth"), growth(at("growth", place)), bounds("growth"), t("role.growth_note")),
      fact(t("role.wage"), money(wage), bounds("wage_median"), absent(wage) ? null : t("role.middle_half", { low: money(at("wage_q1", place)), high: money(at("wage_q3", place)) }),
        absent(wage) || absent(core.wage_all) ? null : t(wage >= core.wage_all ? "role.above" : "role.below", { overall: money(core.wage_all) })),
      fact(t("role.no_degree"), percent(at("no_degree_share", place)), t("role.no_degree_note")),
      fact(t("role.entry"), percent(at("entry_experience_share", place)), t("role.entry_note")),
      absent(at("official_wage_median", place)) ? null : fact(t("role.official_wage"), money(at("official_wage_median", place)), t("role.official_note"), at("official_outlook", place)));
  }

  function regional() {
    const rows = places.filter((place) => d.region[place] !== "ALL");
    if (!rows.length) return null;
    return h("details", null, h("summary", null, t("role.by_region")), scroll(t("role.by_region"), h("table", null,
      h("thead", null, h("tr", null, [t("filters.region"), t("role.vacancies"), t("role.growth"), t("role.wage")].map((label, n) => h("th", { scope: "col", class: n ? "n" : null }, label)))),
      h("tbody", null, rows.map((place) => h("tr", null, h("th", { scope: "row" }, passerelle.region(d.region[place])),
        at("suppressed", place) ? h("td", { class: "n", colspan: 3 }, suppressed())
          : [h("td", { class: "n" }, number(at("vacancies", place))), h("td", { class: "n" }, growth(at("growth", place))), h("td", { class: "n" }, money(at("wage_median", place)))]))))));
  }

  function credentials() {
    if (!data.matches.length) return section("credentials", t("role.credentials"), notice(t("role.no_credentials")));
    const rows = data.matches.map(([credential, coverage, low, high, relevance, covered, partial, missing]) =>
      h("tr", null, h("th", { scope: "row" }, h("a", { href: credentialLink(credential), lang: titleLang(credential) }, title(credential)), h("br"), h("span", { class: "note" }, core.credentials.issuer[credential] || "")),
        h("td", { "data-label": t("role.col_coverage") }, h("a", { class: "plain", href: compareLink(role, [credential]) }, interval(coverage, low, high))),
        h("td", { class: "n", "data-label": t("role.col_missing") }, t("unit.of", { n: number(missing), of: number(covered + partial + missing) })),
        h("td", { class: "n", "data-label": t("role.col_hours") }, hours(core.credentials.hours[credential])),
        h("td", { "data-label": t("role.col_delivery") }, passerelle.delivery(core.credentials.delivery_mode[credential]))));
    const shown = rows.length;
    return section("credentials", t("role.credentials"), h("p", { class: "sub" }, t("role.credentials_lead")),
      scroll(t("role.credentials"), h("table", { class: "stackable" }, h("thead", null, h("tr", null, ["credential", "coverage", "missing", "hours", "delivery"].map((key) => h("th", { scope: "col", class: ["missing", "hours"].includes(key) ? "n" : null }, t(`role.col_${key}`))))), h("tbody", null, rows))),
      h("p", { class: "links" }, h("a", { class: "button", href: compareLink(role, data.matches.slice(0, 4).map((match) => match[0])) }, t("role.compare"))),
      data.matched > shown ? h("p", { class: "note" }, t("role.more", { n: number(data.matched), shown: number(shown) })) : null);
  }

  const budgetName = (budget) => {
    const [kind, amount] = budget.split("_");
    return kind === "none" ? t("role.budget_none") : t(`role.budget_${kind}`, { n: kind === "cost" ? money(Number(amount)) : number(Number(amount)) });
  };

  function stack() {
    if (!passerelle.has("stacks")) return section("stack", t("role.stack"), notice(t("site.missing_table")));
    const steps = data.stacks.filter((step) => step.region === "ALL");
    if (!steps.length) return section("stack", t("role.stack"), notice(t("role.no_credentials")));
    const budgets = [...new Set(steps.map((step) => step.budget))].sort((a, b) => (b === "none") - (a === "none") || a.localeCompare(b, "en", { numeric: true }));
    return section("stack", t("role.stack"), h("p", { class: "sub" }, t("role.stack_lead")), budgets.map((budget, n) => {
      const these = steps.filter((step) => step.budget === budget);
      const table = scroll(budgetName(budget), h("table", { class: "stackable" }, h("caption", null, budgetName(budget)),
        h("thead", null, h("tr", null, ["step", "credential", "adds", "together", "total", "new"].map((key) => h("th", { scope: "col", class: ["adds", "total"].includes(key) ? "n" : null }, t(`role.col_${key}`))))),
        h("tbody", null, these.map((step) => h("tr", null, h("td", { "data-label": t("role.col_step") }, number(step.step)),
          h("th", { scope: "row" }, h("a", { href: credentialLink(step.credential), lang: titleLang(step.credential) }, title(step.credential)),
            absent(step.required_by) ? null : h("span", { class: "note" }, ` ${t("role.needed_for", { credential: title(step.required_by) })}`),
            (step.entry_requirements || []).length ? h("span", { class: "note" }, ` ${t("role.entry_check")}: ${step.entry_requirements.join("; ")}`) : null),
          h("td", { class: "n", "data-label": t("role.col_adds") }, `+${percent(step.gain)}`),
          h("td", { "data-label": t("role.col_together") }, interval(step.coverage, step.coverage_low, step.coverage_high)),
          h("td", { class: "n", "data-label": t("role.col_total") }, hours(step.hours_total)),
          h("td", { "data-label": t("role.col_new") }, h("span", { class: "note" }, step.new_skills.slice(0, 4).map(skillName).join("; ") || "–")))))));
      const bound = absent(these.at(-1).bound) ? null : h("p", { class: "note" }, t("role.stack_bound", { bound: percent(these.at(-1).bound) }));
      return n ? h("details", null, h("summary", null, budgetName(budget)), table, bound) : h("div", null, table, bound);
    }));
  }

  function skills() {
    const asked = data.skills.ALL || [];
    if (!asked.length) return section("skills", t("role.skills"), notice(t("role.no_profile")));
    const most = asked[0][1];
    return section("skills", t("role.skills"), h("p", { class: "sub" }, t("role.skills_lead")),
      passerelle.pairs({ title: t("role.chart_skills"), alt: `${t("role.chart_skills")}: ${asked.slice(0, 12).map(([skill, , share, everywhere]) => `${skillName(skill)} ${percent(share)}, ${percent(everywhere)}`).join("; ")}`, axis: t("role.col_share"),
        data: asked.slice(0, 12).map(([skill, importance, share, everywhere]) => ({ key: skill, label: skillName(skill), value: share, other: everywhere, tip: `${skillName(skill)}\n${t("role.col_share")} ${percent(share)} · ${t("role.col_all")} ${percent(everywhere)} · ${t("role.col_importance")} ${percent(importance, 1)}` })),
        headings: [t("role.col_skill"), t("role.col_importance"), t("role.col_share"), t("role.col_all"), t("role.col_required")],
        rows: asked.map(([skill, importance, share, everywhere, , required]) => [skillName(skill), percent(importance, 1), percent(share), percent(everywhere), percent(required)]) }),
      h("div", { class: "skills" }, asked.map(([skill, importance, share, , , required]) => {
        const details = h("details", { id: `skill-${skill}` }, h("summary", null, h("span", { class: "skill-name" }, skillName(skill)), bar(importance, most), h("span", { class: "value" }, percent(importance, 1)), h("span", { class: "note" }, `${t("role.col_share")} ${percent(share)} · ${t("role.col_required")} ${percent(required)}`)));
        details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) details.append(h("div", { class: "quotes" }, h("h3", null, t("role.sentences")), passerelle.fromPostings(data, skill))); });
        return details;
      })));
  }

  const codes = [core.roles.noc_2021[role] ? t("role.noc", { code: core.roles.noc_2021[role] }) : null, data.isco_08 ? t("role.isco", { code: data.isco_08 }) : null, core.roles.sector[role] ? passerelle.sector(core.roles.sector[role]) : null].filter(Boolean);
  app.append(
    h("p", { class: "crumb" }, h("a", { href: "roles.html" }, t("nav.roles"))),
    passerelle.head(roleName(role), all === undefined ? "" : t("role.lead", { postings: number(at("postings", all)), vacancies: number(at("vacancies", all)), date: passerelle.day(core.as_of) })),
    h("p", { class: "codes" }, codes.join(" · ")),
    section("demand", t("role.demand"), facts(all), regional()),
    credentials(), stack(), skills(),
    section("transitions", t("role.transitions"), passerelle.has("transitions") ? h("p", null, h("a", { href: `transitions.html?from=${encodeURIComponent(core.roles.role_id[role])}` }, t("role.transitions_link"))) : notice(t("site.missing_table"))));
});
