"use strict";

// Values that data files hand over, and the loading of those files. A file is a script: browsers load scripts from a
// file path as they do from a server.
const passerelle = (() => {
  const values = new Map();
  const loading = new Map();

  function put(key, value) {
    values.set(key, value);
  }

  // A promise of data/<key>.js; a file is fetched once.
  function load(key) {
    if (values.has(key)) return Promise.resolve(values.get(key));
    if (!/^[a-z]+(-\d+)?$/.test(key)) return Promise.reject(new Error(`no data file is called ${key}`));
    if (!loading.has(key)) {
      loading.set(key, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = `../data/${key}.js`;
        script.onload = () => resolve(values.get(key));
        script.onerror = () => reject(new Error(`data/${key}.js`));
        document.head.append(script);
      }));
    }
    return loading.get(key);
  }

  return { put, load, get: (key) => values.get(key) };
})();
