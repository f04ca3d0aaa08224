import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KVM, probeAccelerator, TCG } from '../../../local/vm/qemu/accelerator.ts';
import { GuestAgent } from '../../../local/vm/qemu/agent.ts';
import { qemuArguments, type VmSpec } from '../../../local/vm/qemu/argv.ts';
import { Qmp } from '../../../local/vm/qemu/qmp.ts';
import { connectUnix } from '../../../local/vm/qemu/unix-connection.ts';
import { withSocketPath } from '../../../local/vm/qemu/sockets.ts';

const SPEC: VmSpec = {
  id: 'i-0123456789abcdef0',
  instanceType: 't3.small',
  directory: '/state/instances/i-0123456789abcdef0',
  kernel: '/images/vmlinuz',
  initrd: '/images/initrd.img',
  commandLine: 'root=LABEL=cloudimg-rootfs ro console=ttyS0',
  disks: [
    { path: 'root.qcow2', format: 'qcow2', volumeId: 'vol-00000000000000001' },
    { path: 'a,b.raw', format: 'raw', volumeId: 'vol-00000000000000002' },
  ],
  privateIp: '169.254.16.10',
  mac: '02:5e:a9:fe:10:0a',
  memoryMiB: 1024,
  cpus: 2,
};

/** Values that follow an option. */
function values(argv: readonly string[], option: string): string[] {
  return argv.flatMap((argument, index) => (argument === option ? [argv[index + 1] ?? ''] : []));
}

describe('when the command line of a VM is made', () => {
  const argv = qemuArguments(SPEC, TCG);

  it('leaves the guest only IMDS and the VPC endpoint', () => {
    expect(values(argv, '-netdev')).toEqual([
      'user,id=net0,ipv6=off,restrict=on,net=169.254.0.0/16,host=169.254.0.2,dns=169.254.0.3,' +
        'dhcpstart=169.254.16.10,' +
        'guestfwd=tcp:169.254.169.254:80-cmd:socat - UNIX-CONNECT:imds.sock,' +
        'guestfwd=tcp:169.254.0.100:443-cmd:socat - UNIX-CONNECT:endpoint.sock',
    ]);
  });

  it('numbers the disks in order, with the volume id as serial number', () => {
    expect(values(argv, '-drive')).toEqual([
      'if=none,id=disk0,file=root.qcow2,format=qcow2,cache=writeback,discard=unmap',
      'if=none,id=disk1,file=a,,b.raw,format=raw,cache=unsafe,discard=unmap',
    ]);
    expect(values(argv, '-device')).toEqual(
      expect.arrayContaining([
        'virtio-blk-pci,drive=disk0,serial=vol00000000000000001',
        'virtio-blk-pci,drive=disk1,serial=vol00000000000000002',
      ]),
    );
  });

  it('logs the console whether or not somebody is attached', () => {
    expect(values(argv, '-chardev')).toContain(
      'socket,id=console,path=console.sock,server=on,wait=off,logfile=console.log,logappend=on',
    );
  });

  it('is found again by its name', () => {
    expect(values(argv, '-name')).toEqual([`${SPEC.id},process=sealroot-vm`]);
  });

  it('says in its firmware that it is an EC2 instance', () => {
    expect(values(argv, '-smbios')).toEqual([
      expect.stringMatching(
        /^type=1,manufacturer=Amazon EC2,product=t3\.small,uuid=(ec2[0-9a-f]{5}(-[0-9a-f]{4}){3}-[0-9a-f]{12}),serial=\1$/,
      ),
    ]);
  });

  it('uses the accelerator that it is given', () => {
    expect(values(argv, '-accel')).toEqual(['tcg,thread=multi']);
    expect(values(qemuArguments(SPEC, KVM), '-accel')).toEqual(['kvm']);
  });
});

describe('when there is no kernel that KVM could boot', () => {
  it('emulates', async () => {
    expect(await probeAccelerator('/nonexistent/vmlinuz')).toBe(TCG);
  });
});

describe('with a fake machine', () => {
  let directory: string;
  let server: Server;
  const open: Socket[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sealroot-qemu-'));
  });
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });

  type Reply = (message: {
    execute: string;
    arguments: Record<string, unknown>;
    id?: number;
  }) => string | Buffer;

  /** Listens on NAME and answers each line; `received` keeps the raw bytes. */
  async function listen(name: string, reply: Reply, greeting = ''): Promise<{ received: Buffer[] }> {
    const received: Buffer[] = [];
    server = createServer((socket) => {
      open.push(socket);
      socket.write(greeting);
      let text = '';
      socket.on('data', (data: Buffer) => {
        received.push(data);
        const lines = (text + data.toString('latin1').replaceAll('\xff', '')).split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) socket.write(reply(JSON.parse(line) as Parameters<Reply>[0]));
      });
    });
    await withSocketPath(directory, name, (path) => new Promise<void>((done) => server.listen(path, done)));
    return { received };
  }

  const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

  describe('when a command is run in the guest', () => {
    it('passes status and output on', async () => {
      const executed: Record<string, unknown>[] = [];
      let polls = 0;
      await listen('agent.sock', ({ execute, arguments: parameters }) => {
        if (execute === 'guest-sync-delimited') {
          return Buffer.concat([Buffer.from([0xff]), Buffer.from(line({ return: parameters['id'] }))]);
        }
        if (execute === 'guest-exec') {
          executed.push(parameters);
          return line({ return: { pid: 7 } });
        }
        const out = Buffer.from('hello\n').toString('base64');
        return line({
          return: polls++ === 0 ? { exited: false } : { exited: true, exitcode: 3, 'out-data': out },
        });
      });
      const agent = new GuestAgent(directory, 'agent.sock');
      expect(await agent.run('echo hello; exit 3', { user: 'nobody' })).toEqual({
        status: 3,
        stdout: 'hello\n',
        stderr: '',
      });
      expect((executed[0]?.['arg'] as string[]).slice(2)).toEqual([
        ...['runuser', '-u', 'nobody', '--', 'sh', '-c', 'echo hello; exit 3'],
      ]);
    });

    it('begins with a delimited sync, and does not take an older answer for its own', async () => {
      const { received } = await listen('agent.sock', ({ execute, arguments: parameters }) =>
        execute === 'guest-sync-delimited'
          ? Buffer.concat([
              Buffer.from(line({ return: 'left over' })),
              Buffer.from([0xff]),
              Buffer.from(line({ return: parameters['id'] })),
            ])
          : line({ return: {} }),
      );
      expect(await new GuestAgent(directory, 'agent.sock').execute('guest-ping')).toEqual({});
      expect(received[0]?.[0]).toBe(0xff);
    });

    it('says what the agent has against it', async () => {
      await listen('agent.sock', ({ execute, arguments: parameters }) =>
        execute === 'guest-sync-delimited'
          ? Buffer.concat([Buffer.from([0xff]), Buffer.from(line({ return: parameters['id'] }))])
          : line({ error: { class: 'GenericError', desc: 'not found' } }),
      );
      await expect(new GuestAgent(directory, 'agent.sock').run('true')).rejects.toThrow(
        /guest-exec: not found/,
      );
    });
  });

  describe('when QEMU is spoken to', () => {
    it('matches answers by id, between events', async () => {
      const greeting = line({ QMP: { version: {}, capabilities: [] } });
      await listen(
        'qmp.sock',
        ({ execute, id }) =>
          execute === 'query-status'
            ? line({ event: 'RESET', data: { guest: true } }) + line({ return: { running: true }, id })
            : line({ return: {}, id }),
        greeting,
      );
      const qmp = await Qmp.connect(directory, 'qmp.sock');
      const events: string[] = [];
      qmp.on('event', ({ event }) => events.push(event));
      expect(await qmp.execute('query-status')).toEqual({ running: true });
      expect(events).toEqual(['RESET']);
      qmp.disconnect();
    });

    it('fails what is under way when QEMU dies', async () => {
      await listen('qmp.sock', ({ execute, id }) => {
        if (execute === 'qmp_capabilities') return line({ return: {}, id });
        for (const socket of open) socket.destroy();
        return '';
      });
      const qmp = await Qmp.connect(directory, 'qmp.sock');
      const closed = new Promise<void>((resolve) => qmp.once('close', resolve));
      await expect(qmp.execute('query-status')).rejects.toThrow(/closed/);
      await closed;
    });
  });

  it('reaches sockets whose path is too long for the system', async () => {
    const deep = join(directory, 'd'.repeat(120));
    mkdirSync(deep);
    server = createServer((socket) => open.push(socket));
    await withSocketPath(deep, 'a.sock', (path) => new Promise<void>((done) => server.listen(path, done)));
    const socket = await connectUnix(deep, 'a.sock');
    expect(socket.readyState).toBe('open');
    socket.destroy();
  });
});
