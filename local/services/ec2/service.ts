import { errorAnswer } from '../../engine/answers.ts';
import {
  AwsError,
  type Ec2Context,
  type GatewayRequest,
  type GatewayResponse,
  type Principal,
} from '../../engine/contracts.ts';
import type { Ec2State } from './api/action.ts';
import { ACTIONS } from './api/actions.ts';
import { QueryParameters } from './api/query.ts';
import { actionResponse } from './api/xml.ts';
import { endpointCertificate, type Certificate } from '../../vm/endpoint/certificate-authority.ts';
import { listenAsEndpoint } from '../../vm/endpoint/listener.ts';
import { Images } from './images.ts';
import { metadataTree, type InstanceFacts } from '../imds/metadata.ts';
import { roleSession } from '../imds/role-session.ts';
import { listenAsImds } from '../imds/server.ts';
import { Instances, type InstanceRecord } from './instances.ts';
import { KeyPairs } from './key-pairs.ts';
import { executeApiEndpoint, placement } from './network.ts';
import { FILES } from '../../vm/qemu/argv.ts';
import type { VmLauncher } from '../../vm/qemu/process.ts';
import type { UnixServer } from '../../vm/qemu/unix-server.ts';
import { LocalVm } from '../../vm/vm.ts';

export interface ServiceOptions {
  readonly launcher: VmLauncher;
  readonly memoryMiB: number;
  readonly cpus: number;
}

/** EC2 on this machine: the Query API, and the instances as VMs. */
export class LocalEc2Service {
  readonly #context: Ec2Context;
  readonly #images: Images;
  readonly #instances: Instances;
  readonly #keyPairs: KeyPairs;
  readonly #options: ServiceOptions;
  readonly #vms = new Map<string, LocalVm>();
  readonly #background = new Set<Promise<unknown>>();
  #certificate: Promise<Certificate> | undefined;
  /** Settles when the instances that an earlier process left are taken up again. */
  readonly ready: Promise<void>;

  constructor(context: Ec2Context, options: ServiceOptions) {
    this.#context = context;
    this.#options = options;
    this.#images = new Images(context.state);
    this.#instances = new Instances(context.state);
    this.#keyPairs = new KeyPairs(context.state);
    this.ready = this.#adopt();
    this.ready.catch((error: unknown) => context.log(`ec2: ${String(error)}`));
  }

  /** Answers one request of the EC2 Query protocol, errors included. */
  async handle(request: GatewayRequest, principal: Principal): Promise<GatewayResponse> {
    try {
      await this.ready;
      this.#instances.prune(Date.now());
      const query = request.path.split('?')[1] ?? '';
      const parameters = QueryParameters.parse(request.body.length > 0 ? request.body.toString() : query);
      const name = parameters.get('Action') ?? '';
      const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
      if (action === undefined) {
        throw new AwsError('InvalidAction', `The action ${name} is not valid for this web service.`);
      }
      return actionResponse(name, await action(this.#state(), { parameters, principal }));
    } catch (error) {
      if (!(error instanceof AwsError))
        this.#context.log(`ec2: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      return errorAnswer('ec2', error);
    }
  }

  instances(): readonly InstanceRecord[] {
    return this.#instances.all();
  }

  /** @throws AwsError InvalidInstanceID.NotFound */
  vm(id: string): LocalVm {
    const vm = this.#vms.get(id) ?? new LocalVm(this.#instances.get(id).id, this.#environment());
    this.#vms.set(id, vm);
    return vm;
  }

  /** Takes in a directory with `image.json`, `disk.raw`, `vmlinuz` and `initrd.img`. @returns the AMI id. */
  registerImage(directory: string): string {
    return this.#images.register(directory);
  }

  /** Shuts all VMs down; the instances are stopped then. */
  async stopAll(): Promise<void> {
    await this.ready.catch(() => undefined);
    await Promise.all(this.#instances.all().map(({ id }) => this.vm(id).powerOff()));
    await this.#settled();
    await Promise.all([...this.#vms.values()].map((vm) => vm.release()));
  }

  /** Stops serving and leaves the VMs running, for the next process to find. */
  async release(): Promise<void> {
    await this.ready.catch(() => undefined);
    await Promise.all([...this.#vms.values()].map((vm) => vm.release()));
  }

  async #adopt(): Promise<void> {
    await Promise.all(
      this.#instances.all().map(({ id }) =>
        this.vm(id)
          .adopt()
          .catch((error: unknown) => this.#context.log(`${id}: ${String(error)}`)),
      ),
    );
  }

  async #settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  #state(): Ec2State {
    return {
      context: this.#context,
      images: this.#images,
      instances: this.#instances,
      keyPairs: this.#keyPairs,
      vm: (id) => this.vm(id),
      background: (work) => {
        const quiet = work
          .catch((error: unknown) => this.#context.log(`ec2: ${String(error)}`))
          .finally(() => this.#background.delete(quiet));
        this.#background.add(quiet);
      },
    };
  }

  #environment(): ConstructorParameters<typeof LocalVm>[1] {
    const { launcher, memoryMiB, cpus } = this.#options;
    return {
      instances: this.#instances,
      launcher,
      memoryMiB,
      cpus,
      image: (id) => this.#images.get(id),
      listen: (vm) => this.#listen(vm),
      log: (line) => this.#context.log(line),
    };
  }

  /** IMDS and the VPC endpoint, as this one VM sees them. */
  async #listen(vm: LocalVm): Promise<UnixServer[]> {
    const { region, resources, state } = this.#context;
    const { vpcId, privateIp, instanceProfile, metadataOptions } = vm.record;
    const vpceId = executeApiEndpoint(resources, vpcId) ?? '';
    const source = { instanceId: vm.id, privateIp, vpcId, vpceId };
    const role = instanceProfile?.role;
    const credentials = role === undefined ? noRole : roleSession(this.#context, role, source);
    this.#certificate ??= endpointCertificate(state, region);
    const certificate = await this.#certificate;
    return Promise.all([
      listenAsImds(vm.directory, FILES.imds, {
        tree: () => metadataTree(this.#facts(vm.record), credentials),
        tokenRequired: metadataOptions.httpTokens === 'required',
      }),
      listenAsEndpoint(vm.directory, FILES.endpoint, certificate, (request) => {
        const forward = (): Promise<GatewayResponse> => this.#context.handleFromInstance(request, source);
        return vm.intercept === undefined ? forward() : vm.intercept(request, forward);
      }),
    ]);
  }

  #facts(record: InstanceRecord): InstanceFacts {
    const { account, region, resources } = this.#context;
    const { tags, userData, metadataOptions, ...rest } = record;
    return {
      ...rest,
      account,
      region,
      ...placement(resources, region, record.subnetId, []),
      ...(metadataOptions.instanceTags && { tags }),
      ...(userData !== undefined && { userData: Buffer.from(userData, 'base64') }),
    };
  }
}

function noRole(): never {
  throw new Error('the instance has no role');
}
