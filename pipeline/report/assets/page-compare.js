"use strict";

// Up to four credentials on one role, skill by skill, down to the sentences on both sides.
passerelle.start(async (app) => {
  const { core, h, t, load, state, number, percent, money, hours, absent, interval, bar, notice, section, scroll, replace } = passerelle;
  const { title, titleLang, roleName, skillName, credentialLink, roleLink } = passerelle;
  const MOST = 4;
  const chooser = h("div", { class: "chooser" });
  const out = h("div");
  const panel = h("div", { class: "panel", id: "panel", tabindex: "-1" });
  app.append(chooser, out, panel);
  let role = state.number("role", "role");
  let chosen = state.all("c").map((id) => passerelle.numberOf.credential.get(id)).filter((n) => n !== undefined).slice(0, MOST);

  function keep() {
    state.set({ role: role === undefined ? "" : core.roles.role_id[role], c: chosen.map((n) => core.credentials.credential_id[n]) });
  }

  function choose() {
    const full = chosen.length >= MOST;
    replace(chooser,
      passerelle.combobox({ id: "role", kind: "role", label: t("filters.role"), only: (n) => core.roles.profiled[n], value: role, chosen: (n) => { role = n; update(); } }),
      full ? h("p", { class: "note" }, t("compare.full"))
        : passerelle.combobox({ id: "credential", kind: "credential", label: t("compare.add"), only: (n) => !chosen.includes(n), chosen: (n) => { chosen.push(n); update(); } }),
      role !== undefined && !full ? h("button", { type: "button", click: async () => {
        const data = await load(`role-${role}`);
        chosen = [...new Set([...chosen, ...data.matches.map((match) => match[0])])].slice(0, MOST);
        update();
      } }, t("compare.best")) : null);
  }

  // Both sides of one cell: what it adds to coverage, and the sentences.
  function open(entry, at) {
    const line = entry.lines[at];
    const taught = line.status === "partial" ? h("p", null, t("compare.taught_instead", { skill: skillName(line.taught), similarity: percent(line.similarity) })) : null;
    replace(panel, h("div", { class: "panel-head" }, h("h2", null, skillName(line.skill)), h("button", { type: "button", click: () => { replace(panel); } }, t("compare.close"))),
      h("p", { class: "note" }, t("compare.formula"), h("br"), h("code", null, t("compare.cell", { importance: number(line.importance, 4), confidence: number(line.confidence, 4), similarity: number(line.similarity, 4), contribution: number(line.contribution, 4) }))),
      taught,
      h("div", { class: "sides" },
        h("section", null, h("h3", null, t("compare.postings")), passerelle.fromPostings(entry.role, line.skill)),
        h("section", null, h("h3", null, t("compare.credential")), h("p", { class: "note", lang: titleLang(entry.n) }, title(entry.n)), line.taught === null ? h("p", null, t("compare.missing")) : passerelle.fromCredential(entry.credential, line.taught))));
    panel.focus();
    panel.scrollIntoView({ block: "nearest" });
  }

  const figure = (entry) => (entry.match ? interval(entry.match.coverage, entry.match.low, entry.match.high) : [interval(entry.sum), h("br"), h("span", { class: "note" }, t("compare.unpublished"))]);

  function table(entries) {
    const top = Math.max(...entries.flatMap((entry) => entry.lines.map((line) => line.importance)), 0.0001);
    const row = (label, cell, numeric) => h("tr", { class: "fact" }, h("th", { scope: "row", colspan: 2 }, label), entries.map((entry) => h("td", { class: numeric ? "n" : null }, cell(entry))));
    return scroll(t("compare.title"), h("table", { class: "compare" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, t("compare.col_skill")), h("th", { scope: "col" }, t("compare.col_importance")),
        entries.map((entry) => h("th", { scope: "col" }, h("a", { href: credentialLink(entry.n), lang: titleLang(entry.n) }, title(entry.n)), " ",
          h("button", { type: "button", class: "quiet remove", "aria-label": t("compare.remove", { credential: title(entry.n) }), click: () => { chosen = chosen.filter((n) => n !== entry.n); update(); } }, "×"))))),
      h("tbody", null,
        row(t("compare.coverage"), figure), row(t("compare.relevance"), (e) => (e.match ? percent(e.match.relevance) : "–")),
        entries.some((e) => !absent(e.match?.distinctive)) ? row(t("compare.distinctive"), (e) => percent(e.match?.distinctive)) : null,
        entries.some((e) => !absent(e.match?.required)) ? row(t("compare.required"), (e) => percent(e.match?.required)) : null,
        row(t("compare.hours"), (e) => hours(core.credentials.hours[e.n])),
        row(t("compare.cost"), (e) => (absent(core.credentials.cost[e.n]) ? t("unit.none") : money(core.credentials.cost[e.n], core.credentials.cost_currency[e.n] || core.currency))),
        row(t("compare.delivery"), (e) => passerelle.delivery(core.credentials.delivery_mode[e.n]))),
      h("tbody", null, entries[0].lines.map((line, at) => h("tr", null, h("th", { scope: "row" }, skillName(line.skill)),
        h("td", { class: "weight" }, bar(line.importance, top), h("span", { class: "value" }, percent(line.importance, 1))),
        entries.map((entry) => {
          const mine = entry.lines[at];
          const credit = mine.importance ? mine.contribution / mine.importance : 0;
          return h("td", { class: `cell ${mine.status}` }, h("button", { type: "button", "aria-label": `${skillName(line.skill)}, ${title(entry.n)}: ${t(`compare.${mine.status}`)}, ${percent(credit)}`, click: () => open(entry, at) },
            h("span", { class: "mark", "aria-hidden": "true" }), mine.status === "missing" ? t("compare.missing") : [percent(credit), h("span", { class: "note" }, ` ${t(`compare.${mine.status}`)}`)]));
        })))),
      h("tfoot", null, h("tr", null, h("th", { scope: "row", colspan: 2 }, t("compare.sum")), entries.map((entry) => h("td", null, h("span", { class: "value" }, percent(entry.sum, 1))))))));
  }

  async function update() {
    keep();
    choose();
    replace(panel);
    if (role === undefined || !chosen.length) {
      const starts = Object.entries(core.best).sort((a, b) => b[1][1] - a[1][1]).slice(0, 6);
      return replace(out, h("p", null, t("compare.choose")), h("ul", { class: "plain-list" }, starts.map(([n, [credential]]) => h("li", null, h("a", { href: passerelle.compareLink(Number(n), [credential]) }, `${roleName(Number(n))} – ${title(credential)}`)))));
    }
    const entries = await Promise.all(chosen.map(async (n) => ({ n, ...(await passerelle.explain(role, n)) })));
    if (!entries[0].lines.length) return replace(out, notice(t("role.no_profile")));
    passerelle.titled(`${roleName(role)}: ${chosen.map(title).join(", ")}`);
    replace(out, section("compared", roleName(role), h("p", { class: "links" }, h("a", { href: roleLink(role) }, t("overview.full_role"))),
      entries.length > 1 ? passerelle.dots({ title: t("compare.chart"), alt: entries.map((e) => `${title(e.n)} ${percent(e.match ? e.match.coverage : e.sum)}`).join("; "), axis: t("compare.coverage"),
        data: entries.map((e) => ({ key: e.n, label: title(e.n), value: e.match ? e.match.coverage : e.sum, low: e.match?.low, high: e.match?.high, tip: `${title(e.n)}\n${percent(e.match ? e.match.coverage : e.sum)}` })),
        headings: [t("filters.credential"), t("compare.coverage")], rows: entries.map((e) => [title(e.n), percent(e.match ? e.match.coverage : e.sum)]) }) : null,
      table(entries)));
  }

  await update();
});
