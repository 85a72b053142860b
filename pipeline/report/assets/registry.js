"use strict";

// Values that data files hand over, and the loading of those files. A file is a script: browsers load scripts from a
// file path as they do from a server.
const passerelle = (() => {
  const values = new Map();
  const loading = new Map();

  function put(key, value) {
    values.set(key, value);
  }

  // A promise that a script of the site has run; it is fetched once.
  function run(path) {
    if (!loading.has(path)) {
      loading.set(path, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = `../${path}`;
        script.onload = resolve;
        script.onerror = () => reject(new Error(path));
        document.head.append(script);
      }));
    }
    return loading.get(path);
  }

  // A promise of the value of data/<key>.js.
  async function load(key) {
    if (!/^[a-z]+(-\d+)?$/.test(key)) throw new Error(`no data file is called ${key}`);
    if (!values.has(key)) await run(`data/${key}.js`);
    return values.get(key);
  }

  return { put, load, run, get: (key) => values.get(key) };
})();
