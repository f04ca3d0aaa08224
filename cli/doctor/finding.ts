import type { Advice } from '../failure.ts';

/** `not checked` says nothing of the matter: it could not be asked, or there is nothing to ask about yet. */
export type Level = 'ok' | 'warning' | 'problem' | 'not checked';

/** One result of a check. */
export interface Finding {
  readonly level: Level;
  readonly says: string;
  /** Advice to the person who reads it. */
  readonly advice?: Advice;
}

export const ok = (says: string): Finding => ({ level: 'ok', says });
export const warning = (says: string, advice: Advice): Finding => ({ level: 'warning', says, advice });
export const problem = (says: string, advice: Advice): Finding => ({ level: 'problem', says, advice });
export const notChecked = (says: string, advice?: Advice): Finding => ({
  level: 'not checked',
  says,
  ...(advice === undefined ? {} : { advice }),
});

/** One check: a name for scripts, what it is about for people, and how to find out. It changes nothing. */
export interface Check<P> {
  readonly name: string;
  readonly about: string;
  /** IAM actions that it takes; none on this machine. */
  readonly needs?: readonly string[];
  readonly look: (ports: P) => Promise<readonly Finding[]> | readonly Finding[];
}

/** A finding with the check that it is of. */
export interface Found extends Finding {
  readonly check: string;
  readonly about: string;
}
