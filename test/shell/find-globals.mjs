// Prints where functions of sh scripts leave variables behind, a line each: FILE: FUNCTION: WHAT.
// Usage: find-globals.mjs FILE...
//
// A name in small letters that a function sets has to be declared by `local` in that function, with a value: dash and
// busybox let a variable without one keep what the caller has in it. The value is in quotes, which old versions need,
// and is no command substitution, whose status `local` would hide.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A node of the syntax tree that shfmt prints. @typedef {any} Node */

/** @type {Record<string, number>} Commands that set the variables that their arguments name, and how many arguments come before the names. */
const SETTERS = { read: 0, lines: 0, volume_get: 1 };

for (const file of process.argv.slice(2)) {
  const tree = JSON.parse(
    execFileSync('shfmt', ['-p', '--to-json'], {
      encoding: 'utf8',
      input: readFileSync(file),
      maxBuffer: 1 << 28,
    }),
  );
  visit(tree, (node) => {
    if (node.Type !== 'FuncDecl') return;
    for (const problem of problems(node.Body)) console.log(`${file}: ${node.Name.Value}: ${problem}`);
  });
}

/** @param {Node} body */
function* problems(body) {
  /** @type {Set<string>} */
  const declared = new Set();
  /** @type {Set<string>} */
  const set = new Set();
  /** @type {string[]} */
  const wrong = [];
  visit(body, (node) => {
    if (node.Type === 'ForClause') set.add(node.Loop.Name.Value);
    if (node.Type !== 'CallExpr') return;
    const [command, ...words] = node.Args ?? [];
    if (command === undefined) for (const { Name } of node.Assigns ?? []) set.add(Name.Value);
    const name = literal(command);
    if (name === 'local') words.forEach((/** @type {Node} */ word) => declare(word, declared, wrong));
    const before = SETTERS[name];
    if (before === undefined) return;
    for (const word of words.slice(before).map(literal)) if (/^\w+$/.test(word)) set.add(word);
  });
  yield* wrong;
  for (const name of set)
    if (/^[a-z_]/.test(name) && name !== '_' && !declared.has(name)) yield `${name} is not local`;
}

/** @param {Node} word @param {Set<string>} declared @param {string[]} wrong */
function declare(word, declared, wrong) {
  const [first, ...rest] = word.Parts;
  const [name, ...value] = first.Value.split('=');
  declared.add(name);
  if (value.length === 0) wrong.push(`${name} has no value`);
  if (rest.some((/** @type {Node} */ { Type }) => Type === 'ParamExp'))
    wrong.push(`the value of ${name} is not in quotes`);
  visit(rest, ({ Type }) => {
    if (Type === 'CmdSubst') wrong.push(`the value of ${name} hides the status of a command`);
  });
}

/** @param {Node} word @returns {string} */
function literal(word) {
  return word?.Parts.length === 1 && word.Parts[0].Type === 'Lit' ? word.Parts[0].Value : '';
}

/** @param {Node} node @param {(node: Node) => void} report */
function visit(node, report) {
  if (node === null || typeof node !== 'object') return;
  report(node);
  for (const child of Object.values(node)) visit(child, report);
}
