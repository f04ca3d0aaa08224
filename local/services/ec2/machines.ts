import type { HttpResponse } from '../../engine/contracts/http.ts';
import type { InstanceFacts } from '../../engine/contracts/services.ts';
import { endpointCertificate, type Certificate } from '../../vm/endpoint/certificate-authority.ts';
import { listenAsEndpoint } from '../../vm/endpoint/listener.ts';
import { listenAsImds } from '../../vm/metadata-listener.ts';
import { FILES } from '../../vm/qemu/argv.ts';
import type { VmLauncher } from '../../vm/qemu/process.ts';
import type { UnixServer } from '../../vm/qemu/unix-server.ts';
import type { Ec2Context } from './context.ts';
import type { Images } from './images.ts';
import { LocalVm } from './instance-vm.ts';
import type { InstanceRecord, Instances } from './instances.ts';
import { executeApiEndpoint, vpcCidrOf } from './network.ts';

export interface MachineOptions {
  readonly launcher: VmLauncher;
  readonly memoryMiB: number;
  readonly cpus: number;
}

/** The virtual machines of the instances, each with an IMDS and a VPC endpoint of its own. */
export class Machines {
  readonly #context: Ec2Context;
  readonly #images: Images;
  readonly #instances: Instances;
  readonly #options: MachineOptions;
  readonly #vms = new Map<string, LocalVm>();
  #certificate: Promise<Certificate> | undefined;

  constructor(context: Ec2Context, images: Images, instances: Instances, options: MachineOptions) {
    this.#context = context;
    this.#images = images;
    this.#instances = instances;
    this.#options = options;
  }

  /** @throws AwsError InvalidInstanceID.NotFound */
  vm(id: string): LocalVm {
    const vm = this.#vms.get(id) ?? new LocalVm(this.#instances.get(id).id, this.#environment());
    this.#vms.set(id, vm);
    return vm;
  }

  /** Takes up again what an earlier process left. What cannot be taken up is logged. */
  async adopt(): Promise<void> {
    await Promise.all(
      this.#instances.all().map(({ id }) =>
        this.vm(id)
          .adopt()
          .catch((error: unknown) => this.#context.log(`${id}: ${String(error)}`)),
      ),
    );
  }

  async powerOff(): Promise<void> {
    await Promise.all(this.#instances.all().map(({ id }) => this.vm(id).powerOff()));
  }

  /** Stops serving and leaves the VMs running, for the next process to adopt. */
  async release(): Promise<void> {
    await Promise.all([...this.#vms.values()].map((vm) => vm.release()));
  }

  #environment(): ConstructorParameters<typeof LocalVm>[1] {
    return {
      ...this.#options,
      instances: this.#instances,
      image: (id) => this.#images.get(id),
      listen: (vm) => this.#listen(vm),
      log: (line) => this.#context.log(line),
    };
  }

  /** IMDS and the VPC endpoint, as this one VM sees them. */
  async #listen(vm: LocalVm): Promise<UnixServer[]> {
    const { apis, metadata, region, resources, state } = this.#context;
    const { vpcId, privateIp, metadataOptions } = vm.record;
    const vpceId = executeApiEndpoint(resources, vpcId) ?? '';
    const source = { instanceId: vm.id, privateIp, vpcId, vpceId };
    const tokenRequired = metadataOptions.httpTokens === 'required';
    const imds = metadata.forInstance(source, () => this.#facts(vm.record), tokenRequired);
    this.#certificate ??= endpointCertificate(state, region);
    const certificate = await this.#certificate;
    return Promise.all([
      listenAsImds(vm.directory, FILES.imds, imds),
      listenAsEndpoint(vm.directory, FILES.endpoint, certificate, (request) => {
        const forward = (): Promise<HttpResponse> => apis.handleFromInstance(request, source);
        return vm.intercept === undefined ? forward() : vm.intercept(request, forward);
      }),
    ]);
  }

  #facts(record: InstanceRecord): InstanceFacts {
    const { tags, userData, metadataOptions, ...rest } = record;
    // An instance outlives a template that has its subnet no more.
    const vpcCidr = vpcCidrOf(this.#context.resources, record.vpcId);
    return {
      ...rest,
      ...(vpcCidr !== undefined && { vpcCidr }),
      ...(metadataOptions.instanceTags && { tags }),
      ...(userData !== undefined && { userData: Buffer.from(userData, 'base64') }),
    };
  }
}
