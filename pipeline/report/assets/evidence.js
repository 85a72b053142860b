"use strict";

// Sentences, with the words that were recognised marked, and where they stand.
(() => {
  const { h, t, outside, region, day, absent } = passerelle;

  // start and end count characters, not the halves that a browser counts.
  function quote(sentence, start, end, language, source) {
    const characters = Array.from(sentence);
    const part = (from, to) => characters.slice(from, to).join("");
    return h("figure", { class: "quote" },
      h("blockquote", { lang: language }, part(0, start), h("mark", null, part(start, end)), part(end)),
      source ? h("figcaption", null, source) : null);
  }

  function posting([title, employer, place, posted, url]) {
    const told = [employer, place ? region(place) : null, posted ? day(posted) : null].filter(Boolean).join(", ");
    return [url ? outside(url, title) : title, told ? ` · ${told}` : ""];
  }

  // The sentences of a role's postings that ask for a skill.
  function fromPostings(role, skill) {
    const found = role.sentences.filter((one) => one[0] === skill);
    if (!found.length) return [h("p", { class: "note" }, t("compare.no_sentence"))];
    return found.map(([, at, sentence, start, end, language]) => quote(sentence, start, end, language, posting(role.postings[at])));
  }

  // The sentence of a credential's description that teaches a skill.
  function fromCredential(credential, skill) {
    const found = credential.skills.find((one) => one[0] === skill);
    if (!found || absent(found[3])) return [h("p", { class: "note" }, t("compare.no_sentence"))];
    return [quote(found[3], found[4], found[5], found[6], found[2] ? t("credential.stated") : null)];
  }

  Object.assign(passerelle, { quote, posting, fromPostings, fromCredential });
})();
