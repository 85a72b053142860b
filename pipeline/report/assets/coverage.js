"use strict";

// Coverage added up again, skill by skill, from what a role asks for and what a credential teaches.
(() => {
  const { load } = passerelle;

  // role: data/role-<n>.js; credential: data/credential-<n>.js; similar: data/similar.js. One line a skill of the role,
  // most important first; the contributions add up to the coverage that is published.
  function contributions(role, credential, similar) {
    const sure = new Map(credential.skills.map(([skill, confidence]) => [skill, confidence]));
    return (role.skills.ALL || []).map(([skill, importance]) => {
      let best = { taught: null, similarity: 0, confidence: 0, credit: 0 };
      const consider = (taught, similarity) => {
        const confidence = sure.get(taught);
        if (confidence !== undefined && confidence * similarity > best.credit) best = { taught, similarity, confidence, credit: confidence * similarity };
      };
      consider(skill, 1);
      for (let at = 0; at < similar[skill].length; at += 2) consider(similar[skill][at], similar[skill][at + 1]);
      const status = best.taught === null ? "missing" : best.taught === skill ? "covered" : "partial";
      return { skill, importance, ...best, contribution: importance * best.credit, status };
    });
  }

  // What a role's published list, or a credential's, says of their match; undefined where neither holds it.
  function published(number, role, credentialNumber, credential) {
    const byRole = role.matches.find((match) => match[0] === credentialNumber);
    if (byRole) return { coverage: byRole[1], low: byRole[2], high: byRole[3], relevance: byRole[4], distinctive: byRole[8], required: byRole[9] };
    const byCredential = credential.matches.find((match) => match[0] === number);
    if (byCredential) return { coverage: byCredential[1], low: byCredential[2], high: byCredential[3], relevance: byCredential[4] };
    return undefined;
  }

  async function explain(number, credentialNumber) {
    const [role, credential, similar] = await Promise.all([load(`role-${number}`), load(`credential-${credentialNumber}`), load("similar")]);
    const lines = contributions(role, credential, similar);
    const sum = lines.reduce((total, line) => total + line.contribution, 0);
    return { role, credential, lines, sum, match: published(number, role, credentialNumber, credential) };
  }

  Object.assign(passerelle, { contributions, explain });
})();
