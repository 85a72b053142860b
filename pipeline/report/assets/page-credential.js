"use strict";

// One credential: what it teaches, the roles it leads towards, what it leaves out, what it states, what it is worth.
passerelle.start(async (app) => {
  const { core, h, t, load, state, number, percent, money, hours, absent, interval, bar, suppressed, notice, section, scroll } = passerelle;
  const { title, titleLang, roleName, skillName, roleLink, compareLink, lang } = passerelle;
  const number_ = state.number("credential", "credential");
  if (number_ === undefined) return app.append(passerelle.head(t("nav.credential"), t("site.not_found")), h("p", null, h("a", { href: "credentials.html" }, t("nav.credentials"))));
  const n = number_;
  const data = await load(`credential-${n}`);
  const c = core.credentials;
  passerelle.titled(title(n));
  const wages = new Map(core.demand.role.map((role, place) => [`${role}/${core.demand.region[place]}`, core.demand.wage_median?.[place]]));

  function facts() {
    const list = (values) => (values && values.length ? values.join("; ") : t("unit.none"));
    const rows = [["hours", hours(c.hours[n])], ["cost", absent(c.cost[n]) ? t("unit.none") : money(c.cost[n], c.cost_currency[n] || core.currency)], ["delivery", passerelle.delivery(c.delivery_mode[n])],
      ["region", passerelle.region(c.region[n])], ["level", data.level || t("unit.none")], ["assessment", data.assessment || t("unit.none")], ["prerequisites", list(data.prerequisites)], ["stackable", list(data.stackable_into)], ["recognition", data.recognition || t("unit.none")]];
    return h("dl", { class: "facts" }, rows.map(([key, value]) => h("div", null, h("dt", null, t(`credential.${key}`)), h("dd", null, value))));
  }

  function teaches() {
    if (!data.skills.length) return section("teaches", t("credential.teaches"), notice(t("credential.no_skills")));
    return section("teaches", t("credential.teaches"), h("p", { class: "sub" }, t("credential.teaches_lead")), h("div", { class: "skills" }, data.skills.map(([skill, confidence, stated]) => {
      const details = h("details", null, h("summary", null, h("span", { class: "skill-name" }, skillName(skill)), bar(confidence), h("span", { class: "value" }, percent(confidence)), stated ? h("span", { class: "note" }, t("credential.stated")) : null));
      details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) details.append(h("div", { class: "quotes" }, passerelle.fromCredential(data, skill))); });
      return details;
    })));
  }

  function opens() {
    if (!data.matches.length) return section("opens", t("credential.opens"), notice(t("credential.value_none")));
    return section("opens", t("credential.opens"), h("p", { class: "sub" }, t("credential.opens_lead")), scroll(t("credential.opens"), h("table", { class: "stackable" },
      h("thead", null, h("tr", null, ["role", "coverage", "relevance", "missing", "wage"].map((key, at) => h("th", { scope: "col", class: at > 1 ? "n" : null }, t(`credential.col_${key}`))))),
      h("tbody", null, data.matches.map(([role, coverage, low, high, relevance, missing]) => h("tr", null,
        h("th", { scope: "row" }, h("a", { href: roleLink(role) }, roleName(role))),
        h("td", { "data-label": t("credential.col_coverage") }, h("a", { class: "plain", href: compareLink(role, [n]) }, interval(coverage, low, high))),
        h("td", { class: "n", "data-label": t("credential.col_relevance") }, percent(relevance)),
        h("td", { class: "n", "data-label": t("credential.col_missing") }, number(missing)),
        h("td", { class: "n", "data-label": t("credential.col_wage") }, money(wages.get(`${role}/ALL`)))))))),
      data.matched > data.matches.length ? h("p", { class: "note" }, t("credential.opens_more", { n: number(data.matched), shown: number(data.matches.length) })) : null);
  }

  async function lacks() {
    if (!data.matches.length) return null;
    const best = data.matches[0][0];
    const { lines } = await passerelle.explain(best, n);
    const missing = lines.filter((line) => line.status === "missing").slice(0, 12);
    return section("missing", t("credential.missing"), h("p", { class: "sub" }, t("credential.missing_lead"), " ", h("a", { href: compareLink(best, [n]) }, roleName(best))),
      h("ul", { class: "plain-list columns" }, missing.map((line) => h("li", null, skillName(line.skill), " ", h("span", { class: "note" }, percent(line.importance, 1))))));
  }

  async function definition() {
    if (!passerelle.has("credential_definition")) return section("definition", t("credential.definition"), notice(t("site.missing_table")));
    const verdict = c.verdict[n];
    const given = await load("advice");
    const side = lang === "en" ? 0 : 1;
    return section("definition", t("credential.definition"), verdict ? h("p", { class: "verdict" }, t(`credential.verdict_${verdict}`)) : null, h("p", { class: "sub" }, t("credential.definition_lead")),
      h("ul", { class: "traits" }, data.traits.map(([trait, finding, evidence, language, advice]) => h("li", { class: `trait-${finding}` },
        h("strong", null, passerelle.known(`traits.${trait}`) || trait), " ", h("span", { class: "tag" }, t(`credential.${finding}`)),
        evidence ? h("p", { class: "note", lang: language || null }, t("unit.quoted", { text: evidence })) : null,
        absent(advice) ? null : h("p", null, h("span", { class: "note" }, `${t("credential.advice")}: `), given[advice][side])))));
  }

  function value() {
    if (!passerelle.has("credential_value")) return section("value", t("credential.value"), notice(t("site.missing_table")));
    const rows = data.value.rows.map((row) => Object.fromEntries(data.value.names.map((name, at) => [name, row[at]])));
    const worth = rows.find((row) => row.region === "ALL");
    const places = rows.filter((row) => row.region !== "ALL");
    if (!worth || !worth.roles_covered) return section("value", t("credential.value"), notice(t("credential.value_none")));
    const fact = (label, shown, note) => h("div", null, h("dt", null, label), h("dd", null, shown, note ? h("span", { class: "note" }, note) : null));
    return section("value", t("credential.value"), h("p", { class: "sub" }, t("credential.value_lead")), h("dl", { class: "counts" },
      fact(t("credential.value_roles"), number(worth.roles_covered)),
      worth.suppressed ? fact(t("credential.value_vacancies"), suppressed()) : [
        fact(t("credential.value_vacancies"), number(worth.vacancies), absent(worth.vacancies_share) ? null : percent(worth.vacancies_share)),
        fact(t("credential.value_wage"), money(worth.wage_median), absent(worth.wage_median_low) ? null : t("unit.interval", { low: money(worth.wage_median_low), high: money(worth.wage_median_high) })),
        absent(worth.wage_ratio) ? null : fact(t("credentials.col_pay"), passerelle.ratio(worth.wage_ratio), t("credential.value_ratio", { ratio: percent(worth.wage_ratio) })),
        absent(worth.open_roles) ? null : fact(t("credential.value_open"), number(worth.open_roles))]),
    places.length ? h("details", null, h("summary", null, t("role.by_region")), scroll(t("role.by_region"), h("table", null,
      h("thead", null, h("tr", null, [t("filters.region"), t("credential.value_roles"), t("credential.value_vacancies"), t("credential.value_wage")].map((label, at) => h("th", { scope: "col", class: at ? "n" : null }, label)))),
      h("tbody", null, places.map((row) => h("tr", null, h("th", { scope: "row" }, passerelle.region(row.region)), h("td", { class: "n" }, number(row.roles_covered)),
        row.suppressed ? h("td", { class: "n", colspan: 2 }, suppressed()) : [h("td", { class: "n" }, number(row.vacancies)), h("td", { class: "n" }, money(row.wage_median))])))))) : null);
  }

  app.append(
    h("p", { class: "crumb" }, h("a", { href: "credentials.html" }, t("nav.credentials"))),
    passerelle.head(title(n), c.issuer[n] ? t("credential.lead", { issuer: c.issuer[n] }) : t("credential.by_unknown"), { lang: titleLang(n) }),
    data.url ? h("p", null, passerelle.outside(data.url, t("credential.address"))) : "",
    section("facts", t("credential.facts"), facts()), opens(), ...[await lacks()].filter(Boolean), teaches(), value(), await definition());
});
