import { Stages } from '../bake/stages.ts';

/** The account that `npm start` gives of itself, for a person to read. */
export class Story {
  readonly stages: Stages;
  private readonly began = performance.now();
  private chapter = 0;

  constructor() {
    this.stages = new Stages((line) => {
      this.say(line);
    });
  }

  say(line = ''): void {
    process.stdout.write(`${line}\n`);
  }

  /** Begins a step of the story, with the seconds since the start. */
  begin(title: string): void {
    this.chapter += 1;
    const at = `${((performance.now() - this.began) / 1000).toFixed(0)} s`;
    this.say(`\n[${at}] ${String(this.chapter)}. ${title}`);
  }

  seconds(): string {
    return ((performance.now() - this.began) / 1000).toFixed(0);
  }
}
