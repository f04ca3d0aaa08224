import path from 'node:path';
import type { EnvironmentVariables } from '../protocol/local-state.ts';
import { readAssembly, type Assembly } from './engine/assembly/assembly.ts';
import { PhysicalIds } from './engine/assembly/physical-ids.ts';
import { AssemblyResources } from './engine/assembly/resources.ts';
import type { HttpRequest, HttpResponse } from './engine/contracts/http.ts';
import type { InstanceSource } from './engine/contracts/services.ts';
import { environmentFile } from './engine/environment-file.ts';
import { Gateway } from './engine/gateway.ts';
import { StateLock } from './engine/lock.ts';
import { privateDirectory } from './engine/state.ts';
import { ApiGatewayService } from './services/apigateway/service.ts';
import { DynamoDbService } from './services/dynamodb/service.ts';
import { Ec2Service, type Ec2Options } from './services/ec2/service.ts';
import {
  IamService,
  LOCAL_OPERATOR,
  type LocalIdentities,
  type LocalUsers,
  type MfaDevices,
} from './services/iam/service.ts';
import { ImdsService } from './services/imds/service.ts';
import { KmsService } from './services/kms/service.ts';
import { LambdaService } from './services/lambda/service.ts';
import { SsmService } from './services/ssm/service.ts';
import { StsService } from './services/sts/service.ts';

export const DEFAULT_PORT = 4599;

export interface LocalCloudOptions {
  /** Directory that `cdk synth` wrote. */
  readonly assembly: string;
  /** Directory of keys, tables, ids and virtual machines; made when it is not there. */
  readonly state: string;
  /** Port of the gateway, when it is free. Default 4599. */
  readonly port?: number;
  readonly log?: (line: string) => void;
  /** Settings of the virtual machines. */
  readonly ec2?: Ec2Options;
}

export type Machines = 'stop' | 'leave';

/** The services that others than the gateway speak to. */
interface Services {
  readonly iam: IamService;
  readonly imds: ImdsService;
  readonly ssm: SsmService;
  readonly apis: ApiGatewayService;
  readonly ec2: Ec2Service;
}

/** The account that the templates describe, on this machine. */
export class LocalCloud {
  /** Absolute path of the state directory. */
  readonly state: string;
  /** `http://127.0.0.1:PORT`: answers every AWS API. */
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly resources: AssemblyResources;
  readonly identities: LocalIdentities;
  readonly users: LocalUsers;
  readonly mfa: MfaDevices;
  /** Local path of each asset by its S3 key. */
  readonly assets: ReadonlyMap<string, string>;
  readonly ec2: Ec2Service;
  private readonly services: Services;
  private readonly close: (machines: Machines) => Promise<void>;

  private constructor(
    parts: { state: string; endpoint: string; assembly: Assembly; resources: AssemblyResources },
    services: Services,
    close: (machines: Machines) => Promise<void>,
  ) {
    this.state = parts.state;
    this.endpoint = parts.endpoint;
    this.account = parts.assembly.account;
    this.region = parts.assembly.region;
    this.assets = parts.assembly.assets;
    this.resources = parts.resources;
    this.identities = services.iam.identities;
    this.users = services.iam.users;
    this.mfa = services.iam.mfa;
    this.ec2 = services.ec2;
    this.services = services;
    this.close = close;
  }

  /** @throws HeldError when another process runs a local cloud on the same state. */
  static async start(options: LocalCloudOptions): Promise<LocalCloud> {
    const state = privateDirectory(path.resolve(options.state));
    const assembly = readAssembly(path.resolve(options.assembly));
    const { account, region, assets } = assembly;
    const log = options.log ?? (() => undefined);
    const lock = StateLock.take(state);
    const closing: ((machines: Machines) => unknown)[] = [() => lock.release()];
    const close = async (machines: Machines): Promise<void> => {
      for (const each of closing.reverse()) await each(machines);
    };
    try {
      const gateway = new Gateway(log);
      const endpoint = await gateway.listen(options.port ?? DEFAULT_PORT);
      closing.push(() => gateway.close());
      const resources = new AssemblyResources(assembly, new PhysicalIds(state));
      const common = { state, account, region, resources, log };
      const iam = new IamService(common);
      const { authorizer, identities } = iam;
      const dynamodb = await DynamoDbService.start(state, resources, authorizer);
      closing.push(() => dynamodb.stop());
      const functions = new LambdaService({ ...common, assets, sessions: identities, authorizer, endpoint });
      closing.push(() => functions.stop());
      const apis = new ApiGatewayService({ ...common, authenticator: identities, authorizer, functions });
      const ssm = new SsmService({ ...common, authorizer });
      const imds = new ImdsService({ account, region, sessions: identities });
      const kms = new KmsService({ ...common, authorizer });
      const ec2 = new Ec2Service(
        { ...common, authorizer, parameters: ssm, metadata: imds, apis, volumeKeys: kms.volumeKeys },
        options.ec2,
      );
      closing.push((machines) => (machines === 'leave' ? ec2.release() : ec2.stopAll()));
      gateway.open({
        authenticator: identities,
        apis,
        services: new Map([
          ['dynamodb', { handler: dynamodb, protocol: 'json' }],
          ['ec2', { handler: ec2, protocol: 'ec2' }],
          ['kms', { handler: kms, protocol: 'json' }],
          ['iam', { handler: iam, protocol: 'query' }],
          ['ssm', { handler: ssm, protocol: 'json' }],
          ['sts', { handler: new StsService(identities, authorizer), protocol: 'query' }],
        ]),
      });
      const cloud = new LocalCloud(
        { state, endpoint, assembly, resources },
        { iam, imds, ssm, apis, ec2 },
        close,
      );
      // This file comes before daemon.json, by which others find it.
      environmentFile(state).write(cloud.environment());
      lock.announce(endpoint);
      return cloud;
    } catch (error) {
      await close('leave');
      throw error;
    }
  }

  /**
   * Points any AWS SDK or the AWS CLI at the local cloud.
   *
   * @param role a role of the templates, to have a session of it; without it the keys of the local operator.
   */
  environment(role?: string): EnvironmentVariables {
    const { accessKeyId, secretAccessKey, sessionToken } =
      role === undefined ? this.identities.operator() : this.identities.issue(role, LOCAL_OPERATOR);
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ENDPOINT_URL_EXECUTE_API: this.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
      AWS_REGION: this.region,
      AWS_DEFAULT_REGION: this.region,
    };
  }

  /** Value of an SSM parameter. */
  parameter(name: string): string | undefined {
    return this.services.ssm.get(name);
  }

  setParameter(name: string, value: string): void {
    this.services.ssm.put(name, value);
  }

  /** IMDS as a build instance of Image Builder sees it. @param role of its instance profile. */
  buildMetadata(role: string): (request: HttpRequest) => HttpResponse {
    return this.services.imds.forBuild(role);
  }

  /** Handles one request that arrives at the VPC endpoint from an instance. Never throws for a bad request. */
  handleFromInstance(request: HttpRequest, source: InstanceSource): Promise<HttpResponse> {
    return this.services.apis.handleFromInstance(request, source);
  }

  /**
   * Stops functions and tables. What is in the state directory stays.
   *
   * @param machines `leave` lets them run, to be found by the next local cloud on this state; default `stop`.
   */
  stop(machines: Machines = 'stop'): Promise<void> {
    return this.close(machines);
  }
}
