/** Runs the stages of something long, and says so: a line at the start, one every 15 seconds, one at the end. */
export class Stages {
  /** Milliseconds by stage, in order. */
  readonly times: Record<string, number> = {};
  private readonly print: (line: string) => void;
  private readonly prefix: string;

  constructor(print: (line: string) => void, prefix = '  ') {
    this.print = print;
    this.prefix = prefix;
  }

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const elapsed = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
    this.print(`${this.prefix}${name} ...`);
    const beat = setInterval(() => {
      this.print(`${this.prefix}${name}: still at it, ${elapsed()}`);
    }, 15_000);
    try {
      const result = await work();
      this.print(`${this.prefix}${name}: done in ${elapsed()}`);
      return result;
    } finally {
      clearInterval(beat);
      this.times[name] = Math.round(performance.now() - start);
    }
  }
}
