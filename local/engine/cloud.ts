import path from 'node:path';
import { ApiGateway } from '../services/apigateway/service.ts';
import { readAssembly } from './assembly/assembly.ts';
import { PhysicalIds } from './assembly/physical-ids.ts';
import { AssemblyResources } from './assembly/resources.ts';
import type { GatewayRequest, GatewayResponse, InstanceSource } from './contracts.ts';
import { createEc2, type Ec2Options, type LocalEc2 } from '../services/ec2/index.ts';
import { Gateway, type Services } from './gateway.ts';
import { AttachedPolicies } from '../services/iam/evaluation/attached-policies.ts';
import { TemplateAuthorizer } from '../services/iam/evaluation/authorizer.ts';
import { LocalIdentities } from '../services/iam/identities.ts';
import { MfaDevices } from '../services/iam/mfa-devices.ts';
import { LOCAL_OPERATOR, LocalUsers } from '../services/iam/users.ts';
import { LambdaFunctions } from '../services/lambda/functions.ts';
import { StateLock } from './lock.ts';
import { DynamoDbService } from '../services/dynamodb/service.ts';
import { IamService } from '../services/iam/service.ts';
import { KmsKeys } from '../services/kms/keys.ts';
import { KmsService } from '../services/kms/service.ts';
import { SsmService } from '../services/ssm/service.ts';
import { StsService } from '../services/sts/service.ts';
import { privateDirectory, StateFile } from './state.ts';

export const DEFAULT_PORT = 4599;

export interface LocalCloudOptions {
  /** Directory that `cdk synth` wrote. */
  readonly assembly: string;
  /** Where keys, tables, ids and virtual machines live; made when it is not there. */
  readonly state: string;
  /** Of the gateway, when it is free. Default 4599. */
  readonly port?: number;
  readonly log?: (line: string) => void;
  /** How virtual machines are run. */
  readonly ec2?: Ec2Options;
}

export type Machines = 'stop' | 'leave';

type Part =
  | 'account'
  | 'assets'
  | 'ec2'
  | 'endpoint'
  | 'identities'
  | 'mfa'
  | 'region'
  | 'resources'
  | 'state'
  | 'users';
type Parts = Pick<LocalCloud, Part> & {
  gateway: Gateway;
  apis: ApiGateway;
  ssm: SsmService;
  close(machines: Machines): Promise<void>;
};

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
  readonly ec2: LocalEc2;
  private readonly parts: Parts;

  private constructor(parts: Parts) {
    this.parts = parts;
    this.state = parts.state;
    this.endpoint = parts.endpoint;
    this.account = parts.account;
    this.region = parts.region;
    this.resources = parts.resources;
    this.identities = parts.identities;
    this.users = parts.users;
    this.mfa = parts.mfa;
    this.assets = parts.assets;
    this.ec2 = parts.ec2;
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
      const users = new LocalUsers(state);
      const mfa = new MfaDevices(state, account);
      const identities = new LocalIdentities({ state, account, region, resources, users });
      const policies = new AttachedPolicies(resources, users, log);
      const authorizer = new TemplateAuthorizer(policies, region, log);
      const iam = new IamService({ account, users, mfa, identities, policies, authorizer });
      const dynamodb = await DynamoDbService.start(state, resources, authorizer);
      closing.push(() => dynamodb.stop());
      const functions = new LambdaFunctions({ assembly, state, resources, identities, endpoint, region });
      closing.push(() => functions.stop());
      const apis = new ApiGateway({ resources, identities, authorizer, functions, account, region, log });
      const ssm = new SsmService({ state, resources, authorizer, account, region });
      const ec2 = createEc2(
        {
          ...{ state, account, region, endpoint, resources, identities, authorizer, log },
          parameter: (name) => ssm.get(name),
          handleFromInstance: (request, source) => apis.handleFromInstance(request, source),
        },
        options.ec2,
      );
      closing.push((machines) => (machines === 'leave' ? ec2.release() : ec2.stopAll()));
      const services: Services = new Map([
        ['dynamodb', { handler: dynamodb, protocol: 'json' }],
        ['ec2', { handler: ec2, protocol: 'ec2' }],
        ['kms', { handler: new KmsService(new KmsKeys(state, resources), authorizer), protocol: 'json' }],
        ['iam', { handler: iam, protocol: 'query' }],
        ['ssm', { handler: ssm, protocol: 'json' }],
        ['sts', { handler: new StsService(identities, authorizer, mfa), protocol: 'query' }],
      ]);
      gateway.open(identities, apis, services);
      const place = { state, endpoint, account, region, resources, identities, users, mfa, assets };
      const cloud = new LocalCloud({ ...place, ec2, gateway, apis, ssm, close });
      // For who finds `daemon.json`, so before it: how to reach this, for the owner alone.
      new StateFile(state, 'environment.json', {}).write(cloud.environment());
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
  environment(role?: string): Record<string, string> {
    const { accessKeyId, secretAccessKey, sessionToken } =
      role === undefined ? this.identities.operator() : this.identities.issue(role, LOCAL_OPERATOR);
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ENDPOINT_URL_EXECUTE_API: this.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
      AWS_REGION: this.region,
    };
  }

  /** Value of an SSM parameter. */
  parameter(name: string): string | undefined {
    return this.parts.ssm.get(name);
  }

  setParameter(name: string, value: string): void {
    this.parts.ssm.put(name, value);
  }

  /** Handles one request that arrives at the VPC endpoint from an instance. Never throws for a bad request. */
  handleFromInstance(request: GatewayRequest, source: InstanceSource): Promise<GatewayResponse> {
    return this.parts.apis.handleFromInstance(request, source);
  }

  /**
   * Stops functions and tables. What is in the state directory stays.
   *
   * @param machines `leave` lets them run, to be found by the next local cloud on this state; default `stop`.
   */
  stop(machines: Machines = 'stop'): Promise<void> {
    return this.parts.close(machines);
  }
}
