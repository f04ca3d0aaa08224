// Prints the script of one step of a component document, as Image Builder would run it with bash.
// Usage: component-step.mjs COMPONENT STEP
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** @typedef {{ name: string, action: string, inputs: { commands: string[] } }} Step */

const [component = '', name = ''] = process.argv.slice(2);
const file = new URL(`../../image-builder/components/${component}/component.yaml`, import.meta.url);
/** @type {{ phases: { steps: Step[] }[] }} */
const { phases } = parse(readFileSync(file, 'utf8'));
const step = phases.flatMap(({ steps }) => steps).find((candidate) => candidate.name === name);
if (step?.action !== 'ExecuteBash') throw new Error(`${component} has no script ${name}`);
console.log(step.inputs.commands.join('\n'));
