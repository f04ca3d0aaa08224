/**
 * One Lambda execution environment: imports the bundle once, then answers one invocation after the other.
 * Plain JavaScript, because it runs without the project's own loader, as the bundle does on AWS.
 *
 * Arguments: path of the module, name of the export.
 */
import { pathToFileURL } from 'node:url';

const [, , file = '', name = ''] = process.argv;
const { [name]: handler } = await import(pathToFileURL(file).href);
if (typeof handler !== 'function') throw new Error(`${file} does not export ${name}`);

process.on('message', (message) => {
  void answer(message);
});
// The local cloud has gone: nobody is left to answer.
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });

/** @param {any} message `{event, context}` from {@link ExecutionEnvironment} */
async function answer({ event, context }) {
  const deadline = context.deadline;
  const full = { ...context, getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) };
  try {
    process.send?.({ result: (await handler(event, full)) ?? null });
  } catch (error) {
    console.error(error);
    process.send?.({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }
}
