/** This machine as the checks ask about it. */
export interface Machine {
  /** `24.1.0` */
  readonly node: string;
  readonly platform: NodeJS.Platform;
  /** The clone that this program runs from; undefined for the packaged file. */
  readonly clone: string | undefined;
  /** Packages that the commands of the clone need; undefined without a clone. */
  packages(): Promise<readonly NeededPackage[] | undefined>;
  /** Whether a program is on the PATH or in the sbin directories, or a file is there. */
  has(programOrFile: string): boolean;
  /** Bytes that may still be written where the local cloud keeps its state. */
  freeDisk(): number;
  /** Bytes that programs may still take; undefined when the system does not say. */
  availableMemory(): number | undefined;
  /** Whether nobody listens on a port of 127.0.0.1. */
  portIsFree(port: number): Promise<boolean>;
  /** Endpoint of the local cloud of this directory or clone; undefined when none runs. */
  localCloud(): string | undefined;
  /** Process ids of the virtual machines of the local cloud. */
  machines(): readonly number[];
  /** Tries to boot a kernel under KVM. */
  kvm(): Promise<Kvm>;
}

/** `no device`: no /dev/kvm. `no kernel`: there is nothing to boot yet. `fails`: it does not get far in some seconds. */
export type Kvm = 'works' | 'no device' | 'not allowed' | 'no kernel' | 'no qemu' | 'fails';

/** A package as setup/packages.mjs has it. */
export interface NeededPackage {
  readonly name: string;
  /** Programs, and files by absolute path. */
  readonly gives: readonly string[];
  readonly why: string;
  /** `check`, `test`, `bake`, `boot`, ... */
  readonly for: readonly string[];
}
