// Stands in for QEMU: `node fake-qemu.mjs DIRECTORY ID,...` answers on qmp.sock and ends when its power button is pressed.
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const directory = process.argv[2] ?? '';
const socket = join(directory, 'qmp.sock');
rmSync(socket, { force: true });
createServer((client) => {
  client.write('{"QMP":{"version":{},"capabilities":[]}}\n');
  client.on('error', () => undefined);
  client.on('data', (data) => {
    for (const line of data.toString().trim().split('\n')) {
      const { execute, id } = JSON.parse(line);
      client.write(`${JSON.stringify({ return: {}, id })}\n`);
      if (execute === 'system_powerdown') process.exit(0);
    }
  });
}).listen(socket, () => writeFileSync(join(directory, 'qemu.pid'), String(process.pid)));
