import type { ComponentDocument, Phase, Step } from './document.ts';

/** A place for steps to run: the chroot of the image for build and validate, a launched instance for test. */
export interface Runner {
  /** Runs a script with bash. */
  bash(script: string, timeoutSeconds: number): Promise<StepResult>;
  /** Puts an S3 object at an absolute path. */
  download(source: string, destination: string): Promise<StepResult>;
}

export interface StepResult {
  readonly status: number;
  /** stdout and stderr, for the report of a failure. */
  readonly output: string;
}

export interface StepReport extends StepResult {
  readonly component: string;
  readonly step: string;
  readonly ms: number;
}

/** A step that ends the phase. */
export class StepFailed extends Error {
  readonly report: StepReport;
  constructor(report: StepReport) {
    const output = report.output.trim().split('\n').slice(-15).join('\n');
    super(`${report.component}: ${report.step} failed with status ${String(report.status)}\n${output}`);
    this.name = 'StepFailed';
    this.report = report;
  }
}

/** Image Builder reboots on this status and runs the step again; a chroot cannot. */
const REBOOT = 194;

/**
 * Runs one phase of one component, as Image Builder does: steps in order, each with its own attempts.
 *
 * @returns a report for each step.
 * @throws StepFailed at once for `Abort`, after the last step for `Continue`.
 */
export async function runPhase(
  document: ComponentDocument,
  phase: Phase,
  runner: Runner,
  report: (report: StepReport) => void = () => undefined,
): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  let failed: StepReport | undefined;
  for (const step of document.phases.get(phase) ?? []) {
    const done = await runStep(document.name, step, runner);
    reports.push(done);
    report(done);
    if (done.status === 0 || step.onFailure === 'Ignore') continue;
    if (step.onFailure === 'Abort') throw new StepFailed(done);
    failed ??= done;
  }
  if (failed !== undefined) throw new StepFailed(failed);
  return reports;
}

async function runStep(component: string, step: Step, runner: Runner): Promise<StepReport> {
  const start = performance.now();
  let result: StepResult = { status: 1, output: '' };
  for (let attempt = 1; attempt <= step.maxAttempts; attempt++) {
    result = await attemptStep(step, runner);
    if (result.status === REBOOT) {
      throw new Error(`${component}: ${step.name} asks for a reboot, and a chroot has none`);
    }
    if (result.status === 0) break;
  }
  return { component, step: step.name, ms: Math.round(performance.now() - start), ...result };
}

async function attemptStep(step: Step, runner: Runner): Promise<StepResult> {
  if (step.action === 'ExecuteBash') return runner.bash(step.script, step.timeoutSeconds);
  for (const { source, destination } of step.downloads) {
    const result = await runner.download(source, destination);
    if (result.status !== 0) return result;
  }
  return { status: 0, output: '' };
}
