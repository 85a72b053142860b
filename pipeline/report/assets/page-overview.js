"use strict";

// The overview: an answer for a role in four parts, and the chart of all roles.
passerelle.start(async () => {
  const { core, h, t, load, state, replace, percent, money, number, hours, absent, interval, notice } = passerelle;
  const { roleName, title, titleLang, skillName, roleLink, credentialLink, compareLink } = passerelle;
  const LACKS = 5;
  const answer = document.getElementById("answer");
  const demand = new Map();
  core.demand.role.forEach((role, at) => { if (core.demand.region[at] === "ALL") demand.set(role, at); });
  const profiled = core.roles.profiled.map((yes, n) => (yes ? n : -1)).filter((n) => n >= 0);

  const part = (heading, ...children) => h("section", { class: "part" }, h("h3", null, heading), ...children);
  const named = (n) => h("a", { href: credentialLink(n), lang: titleLang(n) }, title(n));

  function payPart(role) {
    const at = demand.get(role);
    const wage = at === undefined ? null : (core.demand.wage_median || [])[at];
    if (absent(wage) || absent(core.wage_all)) return part(t("overview.pay"), h("p", null, t("overview.pay_unknown")));
    const verdict = wage > core.wage_all ? "pay_above" : wage < core.wage_all ? "pay_below" : "pay_equal";
    return part(t("overview.pay"), h("p", { class: "verdict" }, t(`overview.${verdict}`)),
      h("p", { class: "note" }, t("overview.pay_note", { wage: money(wage), overall: money(core.wage_all) })));
  }

  // What to take with the best credential: the steps of the published stack, where the snapshot has stacks.
  function stackPart(data) {
    if (!passerelle.has("stacks")) return part(t("overview.stack"), h("p", { class: "note" }, t("site.missing_table")));
    const steps = data.stacks.filter((step) => step.region === "ALL" && step.budget === "none");
    if (steps.length < 2) return part(t("overview.stack"), h("p", null, t("overview.stack_none")));
    const last = steps[steps.length - 1];
    const values = { coverage: percent(last.coverage), hours: hours(last.hours_total) };
    return part(t("overview.stack"),
      h("ol", { class: "steps" }, steps.map((step) => h("li", null, named(step.credential), " ", h("span", { class: "note" }, `+${percent(step.gain)}`)))),
      h("p", { class: "note" }, t(absent(last.hours_total) ? "overview.stack_note" : "overview.stack_hours", values)));
  }

  async function show(role) {
    const data = await load(`role-${role}`);
    const links = [h("a", { class: "button", href: roleLink(role) }, t("overview.full_role"))];
    const parts = [];
    if (!data.matches.length) parts.push(part(t("overview.best_credential"), h("p", null, t("overview.no_credential"))));
    else {
      const [best, coverage, low, high] = data.matches[0];
      const { lines } = await passerelle.explain(role, best);
      const missing = lines.filter((line) => line.status === "missing").slice(0, LACKS);
      parts.push(
        part(t("overview.best_credential"), h("p", { class: "verdict" }, named(best)), h("p", null, interval(coverage, low, high)),
          h("p", { class: "note" }, t("overview.covers", { coverage: percent(coverage) }))),
        part(t("overview.lacks"), missing.length ? [h("ul", { class: "plain-list" }, missing.map((line) => h("li", null, skillName(line.skill)))), h("p", { class: "note" }, t("overview.lacks_note"))]
          : h("p", null, t("overview.lacks_nothing"))));
      links.push(h("a", { href: compareLink(role, [best]) }, t("overview.why")));
    }
    parts.push(payPart(role), stackPart(data));
    const few = core.roles.postings[role] < 10 ? h("p", { class: "note" }, t("overview.thin", { n: number(core.roles.postings[role]) })) : null;
    replace(answer, h("h3", { class: "answer-role" }, roleName(role)), h("div", { class: "answer" }, parts), few, h("p", { class: "links" }, links));
  }

  function choose(role) {
    state.set({ role: core.roles.role_id[role] });
    return show(role);
  }

  const asked = state.number("role", "role");
  // Without a choice, the role most in demand that a credential covers: an example beats an empty box.
  const index = core.demand.demand_index || [];
  const covered = new Set(core.credentials.best_role.filter((role) => !absent(role)));
  const example = [...profiled].sort((a, b) => covered.has(b) - covered.has(a) || (index[demand.get(b)] || 0) - (index[demand.get(a)] || 0))[0];
  const first = asked === undefined ? example : asked;
  document.getElementById("finder").append(passerelle.combobox({ id: "finder-role", kind: "role", label: t("filters.role"), only: (n) => core.roles.profiled[n], chosen: choose, value: first }));
  if (first !== undefined) await show(first);

  const best = new Map();
  for (const [role, match] of Object.entries(core.best)) best.set(Number(role), match);
  const data = profiled.filter((n) => demand.has(n)).map((n) => {
    const at = demand.get(n);
    const match = best.get(n);
    return { role: n, label: roleName(n), wage: core.demand.wage_median?.[at], vacancies: core.demand.vacancies?.[at], coverage: match ? match[1] : 0, credential: match ? match[0] : null, sector: core.roles.sector[n] };
  }).filter((d) => !absent(d.wage));
  if (!data.length) return document.getElementById("chart").append(notice(t("table.none")));
  const told = (d) => `${d.label}\n${money(d.wage)} · ${t("roles.col_vacancies")} ${number(d.vacancies)}\n${d.credential === null ? t("overview.no_credential") : `${percent(d.coverage)} · ${passerelle.cut(title(d.credential), 60)}`}`;
  document.getElementById("chart").append(passerelle.chart({
    alt: t("overview.chart_alt", { n: number(data.length), overall: money(core.wage_all), covered: number(data.filter((d) => d.coverage >= 0.5).length) }),
    headings: [t("roles.col_role"), t("roles.col_wage"), t("roles.col_vacancies"), t("roles.col_best")],
    rows: data.map((d) => [h("a", { href: roleLink(d.role) }, d.label), money(d.wage), number(d.vacancies), percent(d.coverage)]),
    go: (d) => roleLink(d.role),
    draw: (width) => {
      const top = [...data].sort((a, b) => b.vacancies - a.vacancies).slice(0, width < 600 ? 3 : 9);
      return {
        height: width < 600 ? 380 : 460, marginLeft: 48, marginBottom: 44, marginRight: 20, marginTop: 28,
        x: { label: t("axis.wage"), tickFormat: (x) => money(x).replace(/[.,]00/, ""), ticks: width < 600 ? 4 : 8, nice: true, labelAnchor: "right" },
        y: { label: t("axis.coverage"), tickFormat: (x) => percent(x), grid: true, domain: [0, Math.max(0.5, ...data.map((d) => d.coverage)) * 1.08], labelAnchor: "top" },
        r: { range: [3, width < 600 ? 14 : 22] },
        marks: [
          absent(core.wage_all) ? null : Plot.ruleX([core.wage_all], { stroke: passerelle.INK.soft, strokeDasharray: "3 3" }),
          Plot.dot(data, { x: "wage", y: "coverage", r: "vacancies", fill: passerelle.INK.accent, fillOpacity: 0.35, stroke: passerelle.INK.accent, strokeWidth: 1.2 }),
          Plot.text(top, { x: "wage", y: "coverage", text: (d) => passerelle.cut(d.label, 28), dy: -14, fontSize: 12, fill: passerelle.INK.ink, stroke: "var(--paper)", strokeWidth: 4 }),
          Plot.tip(data, Plot.pointer({ x: "wage", y: "coverage", title: told, fill: "var(--paper)", stroke: passerelle.INK.rule })),
        ],
      };
    },
  }));
});
