import type { ILaunchTemplate, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import { ArnPrincipal, type IManagedPolicy, type IRole, type Role } from 'aws-cdk-lib/aws-iam';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import {
  CfnResource,
  CrossStackReferences,
  ReferenceStrength,
  Stack,
  Stage,
  Token,
  type Environment,
} from 'aws-cdk-lib/core';
import { Construct, type IConstruct } from 'constructs';
import type { AccessRole } from '../protocol/access.ts';
import { AccessStack } from './access/stack.ts';
import { ConfigurationError, parseStage, type StageSettings } from './config.ts';
import { FleetStack } from './fleet/stack.ts';
import { ImageStack } from './image/stack.ts';
import { KeyserverStack } from './keyserver/stack.ts';
import { MAX_FLEET_SUBNETS, type NetworkConfig } from './network/config.ts';
import { NetworkStack, type GivenNetwork } from './network/stack.ts';
import { OperatorStack } from './operator/stack.ts';
import { configuredKeys } from './platform/disk-keys.ts';
import { pinFeatureFlags } from './platform/feature-flags.ts';
import { PreseedStack } from './preseed/stack.ts';

/** Properties of a stage of Sealroot. Settings have the names and defaults that they have in cdk.json. */
export interface SealrootProps extends StageSettings {
  /**
   * Name of the stage: at most 16 lower-case letters, digits and dashes. It is part of every name, so that several
   * stages can live in one account and region.
   */
  readonly stage: string;

  /**
   * Account and region of the stage's stacks.
   * @default - those of the stack or stage that this construct is in, else of the credentials that deploy
   */
  readonly env?: Environment;

  /**
   * A VPC that exists; `fleetSubnets` and `buildSubnet` are in it. Its routes are its owner's business.
   * @default - as `network` says: a VPC of the stage's own, unless it names one by id
   */
  readonly vpc?: IVpc;

  /**
   * Subnets of `vpc` where instances run, at most one a zone: the keyserver's endpoint has an address in each.
   * @default - none; required with `vpc`
   */
  readonly fleetSubnets?: readonly ISubnet[];

  /**
   * Subnet of `vpc` where images are built: it has to reach package mirrors and AWS APIs.
   * @default - none; required with `vpc`
   */
  readonly buildSubnet?: ISubnet;

  /**
   * Topic that alarms go to.
   * @default - `keyserver.alarmTopicArn`, else they only change colour
   */
  readonly alarmTopic?: ITopic;

  /**
   * Roles that may decrypt recovery passphrases, besides the custodian's and those of `keyserver.custodians`.
   * @default - none
   */
  readonly custodians?: readonly IRole[];
}

/** The stacks of one stage. */
export interface SealrootStacks {
  readonly network: NetworkStack;
  readonly preseed: PreseedStack;
  readonly keyserver: KeyserverStack;
  readonly operator: OperatorStack;
  readonly fleet: FleetStack;
  readonly image: ImageStack;
  readonly access: AccessStack;
}

/**
 * One stage of Sealroot: a keyserver, the image whose instances ask it for their disk keys, and the roles of the people
 * who look after both. It works in an App, a Stage or a Stack, and has seven stacks of its own below it, which are
 * deployed like any other: `cdk deploy 'Sealroot/*'`.
 *
 * Stacks of yours may refer to what it exposes. Such a reference is weak, so that none of yours holds up an update.
 */
export class Sealroot extends Construct {
  /** Role of the stage's instances; grant it what they need besides their keys. */
  readonly instanceRole: Role;
  /** Launch templates of the stage: one for each subnet of the fleet, in their order. */
  readonly launchTemplates: readonly ILaunchTemplate[];
  /** ARN of the Image Builder pipeline that bakes the image. */
  readonly pipelineArn: string;
  /** Roles that people assume, with MFA. */
  readonly accessRoles: Readonly<Record<AccessRole, IRole>>;
  /** Policy that denies users what they do without MFA, for a group of yours. */
  readonly mfaGuard: IManagedPolicy;
  /** The stacks, in the order in which they are deployed. */
  readonly stacks: SealrootStacks;

  /** @throws ConfigurationError that lists every problem of the settings */
  constructor(scope: Construct, id: string, props: SealrootProps) {
    super(scope, id);
    pinFeatureFlags(this);
    const env = props.env ?? environmentAround(scope);
    const config = parseStage(settingsOf(props, env), id);
    const { name: stage, image, access } = config;
    const common = { stage, env };
    // Without these three no instance gets its key again, and with the network the name goes that images know it by.
    const stateful = { ...common, terminationProtection: config.terminationProtection };

    const network = new NetworkStack(this, 'Network', {
      ...stateful,
      network: networkOf(props, config.network),
      egress: config.fleet.egress,
    });
    const { custodians, alarmTopicArn, ...keyserverConfig } = config.keyserver;
    const alarmTopic =
      alarmTopicArn === undefined
        ? props.alarmTopic
        : Topic.fromTopicArn(network, 'AlarmTopic', alarmTopicArn);
    const service = { alarmTopic, logRetentionDays: keyserverConfig.logRetentionDays };
    const preseed = new PreseedStack(this, 'Preseed', { ...stateful, ...service, network });
    const keyserver = new KeyserverStack(this, 'Keyserver', {
      ...stateful,
      ...service,
      network,
      preseed,
      keyserver: keyserverConfig,
      custodians: [...(props.custodians ?? []), ...custodians].map((one) =>
        typeof one === 'string' ? new ArnPrincipal(one) : new ArnPrincipal(one.roleArn),
      ),
    });
    const { separationOfDuties } = access;
    const operator = new OperatorStack(this, 'Operator', {
      ...common,
      ...service,
      keyserver,
      preseed,
      separationOfDuties,
    });
    const fleet = new FleetStack(this, 'Fleet', {
      ...{ ...common, network, keyserver, fleet: config.fleet, preset: image.preset },
    });
    const pipeline = new ImageStack(this, 'Image', {
      ...{ ...common, network, keyserver, preseed, image, agent: config.preseed },
    });
    const people = new AccessStack(this, 'Access', {
      ...{ ...common, keyserver, operator, fleet, access },
      diskKeyArns: configuredKeys(config.fleet.kmsKeyArn, image.kmsKeyArn),
    });

    this.instanceRole = fleet.role;
    this.launchTemplates = fleet.templates;
    this.pipelineArn = pipeline.pipelineArn;
    this.accessRoles = people.roles;
    this.mfaGuard = people.guard;
    this.stacks = { network, preseed, keyserver, operator, fleet, image: pipeline, access: people };
    weaken(this);
  }
}

/** Weakens references from other stacks of the app: as exports in use they would hold up an update of the stage. */
function weaken(scope: IConstruct): void {
  const resources = scope.node.findAll().filter((one) => CfnResource.isCfnResource(one));
  for (const one of resources) CrossStackReferences.of(one).produce(ReferenceStrength.WEAK);
}

/** Of the stack or stage that a construct is in; undefined where nothing says. */
function environmentAround(scope: Construct): Environment | undefined {
  const around = scope.node.scopes.findLast((one) => Stack.isStack(one) || Stage.isStage(one));
  if (Stack.isStack(around)) return known(around.account, around.region);
  return around === undefined ? undefined : known(around.account, around.region);
}

function known(account: string | undefined, region: string | undefined): Environment | undefined {
  if (account === undefined || region === undefined) return undefined;
  return Token.isUnresolved(account) || Token.isUnresolved(region) ? undefined : { account, region };
}

/** Writes the properties as the settings that cdk.json would hold for the stage. */
function settingsOf(props: SealrootProps, env: Environment | undefined): object {
  const { stage, terminationProtection, network, keyserver, image, fleet, access, preseed } = props;
  const settings = { terminationProtection, network, keyserver, image, fleet, access, preseed };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { name: stage, ...env, ...Object.fromEntries(given) };
}

function networkOf(props: SealrootProps, config: NetworkConfig): NetworkConfig | GivenNetwork {
  const { vpc, fleetSubnets = [], buildSubnet, network = {} } = props;
  if (vpc === undefined) {
    if (fleetSubnets.length === 0 && buildSubnet === undefined) return config;
    throw new ConfigurationError(['fleetSubnets and buildSubnet are subnets of vpc, which is missing']);
  }
  const problems = ['cidr', 'availabilityZones', 'vpcId', 'fleetSubnetIds', 'buildSubnetId']
    .filter((member) => member in network)
    .map((member) => `vpc and network.${member} exclude each other`);
  if (fleetSubnets.length === 0) problems.push('fleetSubnets must name at least one subnet of vpc');
  if (fleetSubnets.length > MAX_FLEET_SUBNETS)
    problems.push(`fleetSubnets must name at most ${MAX_FLEET_SUBNETS} subnets`);
  if (buildSubnet === undefined) problems.push('buildSubnet is missing: a subnet of vpc for image builds');
  if (problems.length > 0 || buildSubnet === undefined) throw new ConfigurationError(problems);
  return { ...config, kind: 'given', vpc, fleetSubnets, buildSubnet };
}
