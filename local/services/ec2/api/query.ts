import { AwsError } from '../../../engine/contracts/errors.ts';

/**
 * Parameters of an EC2 Query request (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html): flat names
 * such as `TagSpecification.1.Tag.2.Key`, lists counted from 1.
 */
export class QueryParameters {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  static parse(body: string): QueryParameters {
    return new QueryParameters(new Map(new URLSearchParams(body)));
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** @throws AwsError MissingParameter */
  require(name: string): string {
    const value = this.get(name);
    if (value !== undefined && value !== '') return value;
    throw new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
  }

  flag(name: string): boolean {
    return this.get(name) === 'true';
  }

  /** @throws AwsError InvalidParameterValue unless it is a number in the range */
  integer(name: string, least: number, most: number): number | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new AwsError('InvalidParameterValue', `Value (${text}) for parameter ${name} is invalid.`);
  }

  /** Values of `NAME.1`, `NAME.2`, ... */
  list(name: string): string[] {
    return this.#numbers(name).flatMap((number) => this.get(`${name}.${number}`) ?? []);
  }

  /** Parameters below `NAME.1.`, `NAME.2.`, ... */
  structures(name: string): QueryParameters[] {
    return this.#numbers(name).map((number) => this.structure(`${name}.${number}`));
  }

  /** Parameters below `NAME.`. */
  structure(name: string): QueryParameters {
    const below = [...this.#values].filter(([key]) => key.startsWith(`${name}.`));
    return new QueryParameters(new Map(below.map(([key, value]) => [key.slice(name.length + 1), value])));
  }

  has(name: string): boolean {
    return [...this.#values.keys()].some((key) => key === name || key.startsWith(`${name}.`));
  }

  /** Beginning of the names: `TagSpecification` of `TagSpecification.1.Tag.2.Key`. */
  heads(): ReadonlySet<string> {
    return new Set([...this.#values.keys()].map((name) => name.replace(/\..*$/, '')));
  }

  /** The same text for the same request, whatever the order; without what says how it was sent. */
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
