import type { AwsError } from './contracts/errors.ts';

/** Errors by which a service refuses parameters; each has its own words. */
export interface QueryRefusals {
  missing(name: string): AwsError;
  outOfRange(name: string, value: string, least: number, most: number): AwsError;
}

/**
 * Parameters of a request in the Query protocol
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html): flat names such as
 * `TagSpecification.1.Tag.2.Key`, lists counted from 1.
 */
export class QueryParameters {
  readonly #values: ReadonlyMap<string, string>;
  readonly #refusals: QueryRefusals;

  private constructor(values: ReadonlyMap<string, string>, refusals: QueryRefusals) {
    this.#values = values;
    this.#refusals = refusals;
  }

  static parse(body: string, refusals: QueryRefusals): QueryParameters {
    return new QueryParameters(new Map(new URLSearchParams(body)), refusals);
  }

  names(): readonly string[] {
    return [...this.#values.keys()];
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** @throws AwsError when it is not there, or empty. */
  require(name: string): string {
    const value = this.get(name);
    if (value !== undefined && value !== '') return value;
    throw this.#refusals.missing(name);
  }

  flag(name: string): boolean {
    return this.get(name) === 'true';
  }

  /** @throws AwsError unless it is a number in the range. */
  integer(name: string, least: number, most: number): number | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw this.#refusals.outOfRange(name, text, least, most);
  }

  /** Values of `NAME.1`, `NAME.2`, ... */
  list(name: string): string[] {
    return this.#numbers(name).flatMap((number) => this.get(`${name}.${number}`) ?? []);
  }

  /** Parameters below `NAME.1.`, `NAME.2.`, ..., each without that prefix. */
  structures(name: string): QueryParameters[] {
    return this.#numbers(name).map((number) => this.structure(`${name}.${number}`));
  }

  /** Parameters below `NAME.`, without that prefix. */
  structure(name: string): QueryParameters {
    const below = [...this.#values].filter(([key]) => key.startsWith(`${name}.`));
    return new QueryParameters(
      new Map(below.map(([key, value]) => [key.slice(name.length + 1), value])),
      this.#refusals,
    );
  }

  has(name: string): boolean {
    return [...this.#values.keys()].some((key) => key === name || key.startsWith(`${name}.`));
  }

  /** Beginnings of the names: `TagSpecification` of `TagSpecification.1.Tag.2.Key`. */
  heads(): ReadonlySet<string> {
    return new Set(this.names().map((name) => name.replace(/\..*$/, '')));
  }

  /** Text that is the same for the same request, whatever the order of its parameters; without the client token. */
  canonical(): string {
    const sorted = [...this.#values]
      .filter(([key]) => key !== 'ClientToken')
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify(sorted);
  }

  #numbers(name: string): number[] {
    const numbers = new Set<number>();
    for (const key of this.#values.keys()) {
      const number = key.startsWith(`${name}.`) ? /^\d+/.exec(key.slice(name.length + 1))?.[0] : undefined;
      if (number !== undefined) numbers.add(Number(number));
    }
    return [...numbers].sort((a, b) => a - b);
  }
}
