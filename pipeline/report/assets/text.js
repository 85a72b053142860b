"use strict";

// Words, numbers and names in the language of the page.
(() => {
  const core = passerelle.get("core");
  const words = passerelle.get("words");
  const lang = document.documentElement.lang === "fr" ? "fr" : "en";
  const other = lang === "en" ? "fr" : "en";
  const locale = `${lang}-CA`;

  // A text by its path, its gaps filled; undefined where there is none.
  function known(path, values = {}) {
    const found = path.split(".").reduce((at, key) => (at === undefined ? undefined : at[key]), words);
    if (typeof found !== "string") return undefined;
    return found.replace(/\{(\w+)\}/g, (gap, name) => (name in values ? String(values[name]) : gap));
  }

  function t(path, values) {
    const found = known(path, values);
    if (found === undefined) throw new Error(`no words for ${path}`);
    return found;
  }

  const formats = new Map();
  function formatted(value, options) {
    const key = JSON.stringify(options);
    if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(locale, options));
    return formats.get(key).format(value);
  }

  const absent = (value) => value === null || value === undefined;
  const number = (value, places = 0) =>
    absent(value) ? "–" : formatted(value, { minimumFractionDigits: places, maximumFractionDigits: places });
  const percent = (value, places = 0) =>
    absent(value) ? "–" : formatted(value, { style: "percent", minimumFractionDigits: places, maximumFractionDigits: places });
  const money = (value, currency = core.currency) =>
    absent(value) ? "–" : formatted(value, { style: "currency", currency: /^[A-Z]{3}$/.test(currency) ? currency : "CAD", currencyDisplay: currency === "CAD" ? "narrowSymbol" : "code" });
  const hours = (value) => (absent(value) ? t("unit.none") : t("unit.hours", { n: number(value, value % 1 ? 1 : 0) }));
  // Growth is a natural log ratio; people read percent.
  const growth = (value) => (absent(value) ? "–" : (value > 0 ? "+" : "") + percent(Math.exp(value) - 1));
  const signed = (value, places = 1) => (value > 0 ? "+" : "") + percent(value, places);
  const ratio = (value) => (absent(value) ? "–" : (value > 1 ? "+" : "") + percent(value - 1));
  const day = (iso) => {
    const [year, month, date] = iso.split("-").map(Number);
    return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(Date.UTC(year, month - 1, date));
  };

  // Without accents, case and ligatures: "Énergie" is found by "energie".
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae").replace(/[’]/g, "'");
  // Whether each word that was typed begins, or is part of, the text.
  const fits = (folded, typed) => fold(typed).split(/\s+/).every((word) => folded.includes(word));

  const roleName = (n) => core.roles[`label_${lang}`][n];
  const skillName = (n) => core.skills[`label_${lang}`][n];
  const title = (n) => core.credentials[`title_${lang}`][n] || core.credentials[`title_${other}`][n] || core.credentials.credential_id[n];
  // A title that exists in the other language only is marked as such, for those who hear the page.
  const titleLang = (n) => (core.credentials[`title_${lang}`][n] || !core.credentials[`title_${other}`][n] ? lang : other);
  const sector = (name) => (name ? known(`sectors.${name}`) || name : t("sectors.none"));
  const region = (code) => (code ? known(`regions.${code}`) || code : t("unit.none"));
  const delivery = (mode) => t(`delivery.${mode || "none"}`);

  const roleLink = (n) => `role.html?role=${encodeURIComponent(core.roles.role_id[n])}`;
  const credentialLink = (n) => `credential.html?credential=${encodeURIComponent(core.credentials.credential_id[n])}`;
  const compareLink = (role, credentials) =>
    `compare.html?role=${encodeURIComponent(core.roles.role_id[role])}` + credentials.map((n) => `&c=${encodeURIComponent(core.credentials.credential_id[n])}`).join("");

  // What search finds a role or credential by: both languages, and its issuer.
  const searchable = {
    role: core.roles.role_id.map((_, n) => fold(`${core.roles.label_en[n]} ${core.roles.label_fr[n]} ${core.roles.noc_2021[n] || ""}`)),
    credential: core.credentials.credential_id.map((_, n) => fold(`${core.credentials.title_en[n] || ""} ${core.credentials.title_fr[n] || ""} ${core.credentials.issuer[n] || ""}`)),
  };

  Object.assign(passerelle, {
    core, lang, t, known, absent, number, percent, money, hours, growth, signed, ratio, day, fold, fits, roleName,
    skillName, title, titleLang, sector, region, delivery, roleLink, credentialLink, compareLink, searchable,
    has: (table) => core.has.includes(table),
    numberOf: { role: new Map(core.roles.role_id.map((id, n) => [id, n])), credential: new Map(core.credentials.credential_id.map((id, n) => [id, n])) },
  });
})();
