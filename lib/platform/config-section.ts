/** Rules for one string of the configuration. */
export interface TextRule {
  readonly pattern: RegExp;
  /** Completes "must be ...". */
  readonly what: string;
}

/** Rules for one whole number; both ends are included. */
export interface IntegerRule {
  readonly min: number;
  readonly max: number;
}

/**
 * Reads one object of the configuration. Every problem is collected with its path, and reading goes on with a
 * stand-in value, so that one run shows all of them; whoever reads has to look at `problems` before using a value.
 */
export class Section {
  readonly path: string;
  readonly problems: string[];
  private readonly members: Readonly<Record<string, unknown>>;
  private readonly known = new Set<string>();

  constructor(value: unknown, path: string, problems: string[]) {
    this.path = path;
    this.problems = problems;
    if (isObject(value)) {
      this.members = value;
    } else {
      this.members = {};
      this.report('', 'must be an object');
    }
  }

  has(name: string): boolean {
    return this.members[name] !== undefined;
  }

  report(name: string, message: string): void {
    const path = name === '' ? this.path : `${this.path}.${name}`;
    this.problems.push(`${path}: ${message}`);
  }

  text(name: string, rule: TextRule, fallback?: string): string {
    const value = this.take(name) ?? fallback;
    if (typeof value === 'string' && rule.pattern.test(value)) return value;
    this.report(name, value === undefined ? `is missing: ${rule.what}` : `must be ${rule.what}`);
    return fallback ?? '';
  }

  optionalText(name: string, rule: TextRule): string | undefined {
    if (this.has(name)) return this.text(name, rule);
    this.known.add(name);
    return undefined;
  }

  integer(name: string, rule: IntegerRule, fallback: number): number {
    const value = this.take(name) ?? fallback;
    if (Number.isInteger(value) && (value as number) >= rule.min && (value as number) <= rule.max) {
      return value as number;
    }
    this.report(name, `must be a whole number from ${rule.min} to ${rule.max}`);
    return fallback;
  }

  optionalInteger(name: string, rule: IntegerRule): number | undefined {
    if (this.has(name)) return this.integer(name, rule, rule.min);
    this.known.add(name);
    return undefined;
  }

  choice<T extends string | number>(name: string, values: readonly T[], fallback: T): T {
    const value = this.take(name) ?? fallback;
    const found = values.find((one) => one === value);
    if (found === undefined) this.report(name, `must be one of ${values.join(', ')}`);
    return found ?? fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.take(name) ?? fallback;
    if (typeof value === 'boolean') return value;
    this.report(name, 'must be true or false');
    return fallback;
  }

  /** Absent is an empty section, whose members then have their defaults. */
  section(name: string): Section {
    return new Section(this.take(name) ?? {}, `${this.path}.${name}`, this.problems);
  }

  /** Absent is an empty list. */
  texts(name: string, rule: TextRule): string[] {
    return this.list(name).filter((value, index): value is string => {
      const right = typeof value === 'string' && rule.pattern.test(value);
      if (!right) this.report(`${name}[${index}]`, `must be ${rule.what}`);
      return right;
    });
  }

  /** Absent is an empty list. */
  sections(name: string): Section[] {
    return this.list(name).map(
      (value, index) => new Section(value, `${this.path}.${name}[${index}]`, this.problems),
    );
  }

  /** Call it last: a misspelt member must not silently leave a default in force. */
  end(): void {
    for (const name of Object.keys(this.members)) {
      if (!this.known.has(name)) this.report(name, `is not known here; known: ${[...this.known].join(', ')}`);
    }
  }

  private list(name: string): readonly unknown[] {
    const value = this.take(name) ?? [];
    if (Array.isArray(value)) return value as unknown[];
    this.report(name, 'must be a list');
    return [];
  }

  private take(name: string): unknown {
    this.known.add(name);
    return this.members[name];
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
