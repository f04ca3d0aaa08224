import { readAccess, type AccessConfig, type AccessSettings } from './access/config.ts';
import { readFleet, type FleetConfig, type FleetSettings } from './fleet/config.ts';
import { readImage, type ImageConfig, type ImageSettings } from './image/config.ts';
import { readKeyserver, type KeyserverConfig, type KeyserverSettings } from './keyserver/config.ts';
import { readNetwork, type NetworkConfig, type NetworkSettings } from './network/config.ts';
import { readPreseed, type PreseedConfig, type PreseedSettings } from './preseed/config.ts';
import { Section, type TextRule } from './platform/config-section.ts';

/** Context key of cdk.json that holds the configuration. */
export const CONTEXT_KEY = 'sealroot';

/** Settings of a stage, by the names that they have in cdk.json. */
export interface StageSettings {
  /**
   * Whether CloudFormation refuses to delete the stacks that carry state. Turn it off to uninstall.
   * @default true
   */
  readonly terminationProtection?: boolean;
  /** @default - a VPC of the stage's own */
  readonly network?: NetworkSettings;
  /** @default - every setting at its default */
  readonly keyserver?: KeyserverSettings;
  /** @default - every setting at its default */
  readonly image?: ImageSettings;
  /** @default - every setting at its default */
  readonly fleet?: FleetSettings;
  /** @default - every setting at its default */
  readonly access?: AccessSettings;
  /** @default - every setting at its default */
  readonly preseed?: PreseedSettings;
}

/** One installation; several can live in one account and region. */
export interface StageConfig {
  /** Part of every name: lower-case letters, digits and dashes, at most 16. */
  readonly name: string;
  /** Default: the account of the credentials that deploy. */
  readonly account?: string | undefined;
  /** Default: the region of the credentials that deploy. */
  readonly region?: string | undefined;
  readonly terminationProtection: boolean;
  readonly network: NetworkConfig;
  readonly keyserver: KeyserverConfig;
  readonly image: ImageConfig;
  readonly fleet: FleetConfig;
  readonly access: AccessConfig;
  readonly preseed: PreseedConfig;
}

export interface Config {
  readonly stages: readonly StageConfig[];
}

/** Lists every problem of a configuration, each with its path. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length} problem(s):\n${problems.map((p) => `  ${p}\n`).join('')}`,
    );
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

const STAGE_NAME: TextRule = {
  pattern: /^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$/,
  what: 'at most 16 lower-case letters, digits and dashes, beginning with a letter',
};
const ACCOUNT: TextRule = { pattern: /^\d{12}$/, what: 'an account id: 12 digits, as a string' };
const REGION: TextRule = { pattern: /^[a-z]{2,4}(-[a-z]+)+-\d$/, what: 'a region such as eu-west-1' };

/**
 * Parses the value of context key `sealroot`; a string (from `cdk -c sealroot=...`) is taken as JSON.
 * @throws {ConfigurationError} naming every problem
 */
export function parseConfig(context: unknown): Config {
  const problems: string[] = [];
  const root = new Section(typeof context === 'string' ? parseJson(context) : context, CONTEXT_KEY, problems);
  const sections = root.sections('stages');
  if (sections.length === 0) root.report('stages', 'must name at least one stage');
  const stages = sections.map(readStage);
  for (const [index, { name }] of stages.entries()) {
    if (stages.findIndex((stage) => stage.name === name) < index) {
      root.report(`stages[${index}].name`, `${name} is taken by an earlier stage`);
    }
  }
  root.end();
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { stages };
}

/** A stage as it is written in cdk.json. */
export interface WrittenStage extends StageSettings {
  readonly name: string;
  readonly account?: string;
  readonly region?: string;
}

/**
 * The stages as they are written in the value of context key `sealroot`, once nothing is wrong with any of them.
 * @throws {ConfigurationError} naming every problem
 */
export function writtenStages(context: unknown): readonly WrittenStage[] {
  parseConfig(context);
  const { stages } = (typeof context === 'string' ? parseJson(context) : context) as {
    stages: WrittenStage[];
  };
  return stages;
}

/**
 * Parses the settings of one stage, as they are written in cdk.json.
 * @param path begins the name of each problem
 * @throws {ConfigurationError} naming every problem
 */
export function parseStage(settings: unknown, path: string): StageConfig {
  const problems: string[] = [];
  const stage = readStage(new Section(settings, path, problems));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return stage;
}

function readStage(section: Section): StageConfig {
  const account = section.optionalText('account', ACCOUNT);
  const region = section.optionalText('region', REGION);
  const image = readImage(section.section('image'), region);
  const stage: StageConfig = {
    name: section.text('name', STAGE_NAME),
    account,
    region,
    terminationProtection: section.flag('terminationProtection', true),
    network: readNetwork(section.section('network'), region),
    keyserver: readKeyserver(section.section('keyserver')),
    image,
    fleet: readFleet(section.section('fleet'), image.architecture, region),
    access: readAccess(section.section('access'), account),
    preseed: readPreseed(section.section('preseed')),
  };
  if ((account === undefined) !== (region === undefined)) {
    section.report('', 'account and region are given together or not at all');
  }
  section.end();
  return stage;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
