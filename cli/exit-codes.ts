import { exitOf, type FailureCode } from './failure.ts';

/** Meaning of each code to the person or script that sees it. The numbers are in protocol/errors.ts. */
const MEANING: Record<FailureCode, string> = {
  ok: 'done',
  unexpected: 'something nobody foresaw; SEALROOT_DEBUG=1 shows where',
  usage: 'the command line is wrong, or needs --yes because nobody is there to be asked',
  malformed: 'the API did not understand the request; the message names the field',
  'not-found': 'no such volume, request, server, instance or stage',
  refused: 'not allowed: credentials missing, expired, or without permission',
  conflict: 'not possible in its present state, or it changed in between',
  pending: 'a person has to approve first',
  throttled: 'too many requests; try again later',
  unavailable: 'the service did not answer, or not in time; try again later',
  problem: 'doctor found a problem; its advice says what to do',
  interrupted: 'stopped by you: Ctrl-C, or no to a question',
};

export interface ExitCodeRow {
  readonly exit: number;
  readonly names: readonly string[];
  readonly meanings: readonly string[];
}

/** One row per exit code, ascending: several failures can share one. */
export function exitCodes(): ExitCodeRow[] {
  const codes = (Object.keys(MEANING) as FailureCode[]).toSorted((a, b) => exitOf(a) - exitOf(b));
  const exits = [...new Set(codes.map(exitOf))];
  return exits.map((exit) => {
    const names = codes.filter((code) => exitOf(code) === exit);
    return { exit, names, meanings: names.map((name) => MEANING[name]) };
  });
}
