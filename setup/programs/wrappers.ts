/** Things that a command starts: programs by the words that name them, and texts that a shell is to run. */
export interface Started<Unknown> {
  readonly programs: readonly (string | Unknown)[];
  readonly scripts: readonly (string | Unknown)[];
}

/**
 * Commands that run another one: their options that take a word, and how many operands come first. `chroot` is none
 * of them: what it runs is looked up in the tree, so it is the image's and not this machine's.
 */
const WRAPPERS: Readonly<Record<string, { readonly options: RegExp; readonly operands: number }>> = {
  command: { options: /^$/, operands: 0 },
  env: { options: /^-[uC]$/, operands: 0 },
  exec: { options: /^-a$/, operands: 0 },
  nice: { options: /^-n$/, operands: 0 },
  setpriv: { options: /^--pdeathsig$/, operands: 0 },
  setsid: { options: /^$/, operands: 0 },
  sudo: { options: /^-[ug]$/, operands: 0 },
  timeout: { options: /^-[ks]$/, operands: 1 },
  unshare: { options: /^--propagation$/, operands: 0 },
};

const SHELL = /^(ba|da)?sh$/;

/**
 * Finds what a command starts, and what that starts in turn.
 *
 * @param words the program first. What is no string is known only when the command runs.
 */
export function startedBy<Unknown extends object>(words: readonly (string | Unknown)[]): Started<Unknown> {
  const [program, ...rest] = words;
  if (program === undefined) return { programs: [], scripts: [] };
  if (typeof program !== 'string') return { programs: [program], scripts: [] };
  const name = program.replace(/^.*\//, '');
  const wrapper = WRAPPERS[name];
  if (wrapper !== undefined) {
    const { programs, scripts } = startedBy(operands(rest, wrapper.options).slice(wrapper.operands));
    return { programs: [program, ...programs], scripts };
  }
  return { programs: [program], scripts: scriptsOf(name, rest) };
}

/** The words that are left without options and their words, and without assignments as `env` takes them. */
function operands<Word>(words: readonly Word[], options: RegExp): readonly Word[] {
  const [first, ...rest] = words;
  if (first === '--') return rest;
  if (typeof first !== 'string') return words;
  if (first.startsWith('-')) return operands(options.test(first) ? rest.slice(1) : rest, options);
  return /^\w+=/.test(first) ? operands(rest, options) : words;
}

/** The text that a shell gets in its arguments. */
function scriptsOf<Word>(name: string, words: readonly Word[]): readonly Word[] {
  if (name === 'eval' || name === 'trap') {
    // `trap - SIGNAL` gives the signal back to its default.
    return words
      .filter((word) => word !== '--')
      .slice(0, 1)
      .filter((word) => word !== '-');
  }
  if (!SHELL.test(name)) return [];
  const flag = words.findIndex((word) => typeof word === 'string' && /^-\w*c$/.test(word));
  return flag < 0 ? [] : words.slice(flag + 1, flag + 2);
}
