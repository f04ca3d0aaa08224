// Entry of the one file of `npm run package`; bin/sealroot.js is the same for a clone.
import { promptLine } from '../cli/login/prompt.js';

// A shell asks for this before every line that is typed: it does not wait for the rest to be loaded.
if (process.argv.slice(2).join(' ') === 'login prompt') {
  const line = promptLine(process.env, Date.now());
  if (line !== '') console.log(line);
} else {
  void import('./sealroot.ts');
}
