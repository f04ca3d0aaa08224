import { parseDocument } from './document.ts';
import { runPhase, type Runner, type StepReport } from './execute.ts';

/** An instance, as far as the test phase needs it; `Vm` of local/services/ec2 is one. */
export interface TestInstance {
  run(
    command: string,
    options?: { timeoutMs?: number; user?: string },
  ): Promise<{ status: number; stdout: string; stderr: string }>;
}

/**
 * Runs the test phase of every component on an instance launched from the image, as Image Builder's test stage does.
 *
 * @throws StepFailed for the first step that fails.
 */
export async function testImage(documents: readonly string[], instance: TestInstance): Promise<StepReport[]> {
  const runner: Runner = {
    bash: async (script, timeoutSeconds) => {
      const { status, stdout, stderr } = await instance.run(`bash -c ${quoted(script)}`, {
        timeoutMs: timeoutSeconds * 1000,
      });
      return { status, output: stdout + stderr };
    },
    download: (source) =>
      Promise.resolve({
        status: 1,
        output: `the local cloud downloads nothing in the test phase: ${source}`,
      }),
  };
  const reports: StepReport[] = [];
  for (const text of documents) reports.push(...(await runPhase(parseDocument(text), 'test', runner)));
  return reports;
}

/** One word of sh, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
