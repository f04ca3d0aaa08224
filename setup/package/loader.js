/**
 * The head of the packaged command line; setup/package/single-file.ts puts a call of it behind.
 *
 * It is old syntax and imports nothing: it has to get as far as the message for a node that is too old, and it runs as an
 * ES module or as CommonJS, whichever the nearest package.json makes of a file without an extension.
 *
 * @param {[number, number]} wanted the oldest node that will do.
 * @param {Record<string, string>} chunks CommonJS by name. As text, because compiling all of it would take longer than
 *   most commands do: each is compiled when it is asked for.
 * @param {string} entry the chunk to begin with.
 */
export function start(wanted, chunks, entry) {
  'use strict';
  var found = /^(\d+)\.(\d+)/.exec(process.versions.node) || [];
  var major = Number(found[1]);
  if (major < wanted[0] || (major === wanted[0] && Number(found[2]) < wanted[1])) {
    process.stderr.write(
      'sealroot: needs Node ' + wanted.join('.') + ' or later; this is ' + found[0] + '.\n',
    );
    process.exit(1);
  }

  /** @type {Record<string, { exports: unknown }>} */
  var loaded = Object.create(null);
  load(entry);

  /** @param {string} name */
  function load(name) {
    var known = loaded[name];
    if (known !== undefined) return known.exports;
    var code = chunks[name];
    if (code === undefined) return builtin(name);
    var module = (loaded[name] = { exports: {} });
    var options = { filename: 'sealroot/' + name };
    var run = process
      .getBuiltinModule('node:vm')
      .compileFunction(code, ['require', 'module', 'exports'], options);
    run(load, module, module.exports);
    return module.exports;
  }

  /** @param {string} name */
  function builtin(name) {
    var module = process.getBuiltinModule(name);
    if (module === undefined) throw new Error('sealroot: ' + name + ' is no module of this Node');
    return module;
  }
}
