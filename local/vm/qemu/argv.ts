import { createHash } from 'node:crypto';
import type { Accelerator } from './accelerator.ts';

/** Names of the files and sockets in an instance's directory, in which QEMU runs. */
export const FILES = {
  pid: 'qemu.pid',
  log: 'qemu.log',
  qmp: 'qmp.sock',
  agent: 'agent.sock',
  console: 'console.sock',
  consoleLog: 'console.log',
  imds: 'imds.sock',
  endpoint: 'endpoint.sock',
} as const;

/** Addresses that every guest sees. All in one link-local network, so that no route is needed to reach any of them. */
export const NETWORK = {
  cidr: '169.254.0.0/16',
  host: '169.254.0.2',
  dns: '169.254.0.3',
  /** The interface VPC endpoint; the image's /etc/hosts says so. */
  endpoint: '169.254.0.100',
  imds: '169.254.169.254',
} as const;

export interface Disk {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  /** EBS volume id; as on AWS, the disk's serial number is the id without its dash. */
  readonly volumeId: string;
}

export interface VmSpec {
  readonly id: string;
  /** `t3.small` */
  readonly instanceType: string;
  /** Absolute; holds the files and sockets of {@link FILES}. */
  readonly directory: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
  /** Disks in the order in which the guest numbers them: the boot disk is /dev/vda. */
  readonly disks: readonly Disk[];
  readonly privateIp: string;
  readonly mac: string;
  readonly memoryMiB: number;
  readonly cpus: number;
}

/** Arguments of qemu-system-x86_64, which has to run in the instance's directory. */
export function qemuArguments(spec: VmSpec, accelerator: Accelerator): string[] {
  return [
    ...['-name', `${spec.id},process=sealroot-vm`, '-no-user-config', '-nodefaults', '-display', 'none'],
    ...['-machine', 'q35,vmport=off,smbus=off,sata=off,usb=off', ...accelerator.arguments],
    ...['-smbios', `type=1,${firmwareIdentity(spec)}`],
    ...['-smp', String(spec.cpus), '-m', String(spec.memoryMiB)],
    ...[
      '-kernel',
      spec.kernel,
      '-initrd',
      spec.initrd,
      '-append',
      `${spec.commandLine} ${accelerator.kernel}`.trim(),
    ],
    ...spec.disks.flatMap(diskArguments),
    ...networkArguments(spec),
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci'],
    ...['-chardev', `socket,id=agent,path=${FILES.agent},server=on,wait=off`],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    // A person can attach to the socket; what the guest says is logged whether anybody is attached or not.
    '-chardev',
    `socket,id=console,path=${FILES.console},server=on,wait=off,logfile=${FILES.consoleLog},logappend=on`,
    ...['-serial', 'chardev:console'],
    ...['-chardev', `socket,id=qmp,path=${FILES.qmp},server=on,wait=off`],
    ...['-mon', 'chardev=qmp,mode=control'],
    ...['-pidfile', FILES.pid],
  ];
}

/** Firmware strings of a Nitro instance, by which cloud-init and systemd know that they are on EC2. */
function firmwareIdentity({ id, instanceType }: VmSpec): string {
  const hex = `ec2${createHash('sha256').update(id).digest('hex')}`;
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  return `manufacturer=Amazon EC2,product=${escapeCommas(instanceType)},uuid=${uuid},serial=${uuid}`;
}

function diskArguments(disk: Disk, index: number): string[] {
  const id = `disk${index}`;
  // "unsafe" only means that a flush does not wait for the host's own disk: what the guest wrote to a raw file is in the
  // host's cache, where killing QEMU cannot reach it. qcow2 keeps tables in QEMU's memory, so there a flush has to count.
  const cache = disk.format === 'raw' ? 'unsafe' : 'writeback';
  return [
    '-drive',
    `if=none,id=${id},file=${escapeCommas(disk.path)},format=${disk.format},cache=${cache},discard=unmap`,
    '-device',
    `virtio-blk-pci,drive=${id},serial=${disk.volumeId.replace('-', '')}`,
  ];
}

/** The guest reaches IMDS and the VPC endpoint and, `restrict=on`, nothing else: each connection runs one socat. */
function networkArguments(spec: VmSpec): string[] {
  const forward = (address: string, port: number, socket: string): string =>
    `guestfwd=tcp:${address}:${port}-cmd:socat - UNIX-CONNECT:${socket}`;
  const netdev = [
    `user,id=net0,ipv6=off,restrict=on,net=${NETWORK.cidr},host=${NETWORK.host},dns=${NETWORK.dns}`,
    `dhcpstart=${spec.privateIp}`,
    forward(NETWORK.imds, 80, FILES.imds),
    forward(NETWORK.endpoint, 443, FILES.endpoint),
  ].join(',');
  // No option ROM: nothing boots from the network.
  return ['-netdev', netdev, '-device', `virtio-net-pci,netdev=net0,mac=${spec.mac},romfile=`];
}

/** QEMU's option syntax spells a comma in a value as two. */
function escapeCommas(value: string): string {
  return value.replaceAll(',', ',,');
}
