import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One synthesized stack: where it would be deployed, and its template as JSON. */
export interface Stack {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly template: Template;
}

export interface Template {
  readonly Parameters?: Readonly<Record<string, TemplateParameter>>;
  readonly Mappings?: Readonly<Record<string, Record<string, Record<string, unknown>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, TemplateOutput>>;
  readonly Transform?: unknown;
}

export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: string;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

export interface TemplateOutput {
  readonly Value: unknown;
  readonly Export?: { readonly Name: unknown };
}

export interface Assembly {
  readonly account: string;
  readonly region: string;
  readonly stacks: readonly Stack[];
  /** Path of the file or folder that would be uploaded under this S3 key, by key. */
  readonly assets: ReadonlyMap<string, string>;
}

const LOCAL_ACCOUNT = '000000000000';
const LOCAL_REGION = 'us-east-1';

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly directoryName?: string;
    readonly file?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path?: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

/**
 * Reads a cloud assembly as `cdk synth` leaves it.
 *
 * @throws Error when there is none, when it has no stacks, or when its stacks are for several accounts or regions.
 */
export function readAssembly(directory: string): Assembly {
  if (!existsSync(path.join(directory, 'manifest.json'))) {
    throw new Error(`${directory} holds no cloud assembly (no manifest.json): run \`npx cdk synth\` first`);
  }
  const stacks: Stack[] = [];
  const assets = new Map<string, string>();
  readInto(directory, stacks, assets);
  const [first] = stacks;
  if (first === undefined) throw new Error(`the cloud assembly in ${directory} has no stacks`);
  const stranger = stacks.find(({ account, region }) => account !== first.account || region !== first.region);
  if (stranger !== undefined) {
    throw new Error(
      `the local cloud is one account and one region, but ${first.name} is for ${first.account}/${first.region} ` +
        `and ${stranger.name} for ${stranger.account}/${stranger.region}`,
    );
  }
  return { account: first.account, region: first.region, stacks, assets };
}

function readInto(directory: string, stacks: Stack[], assets: Map<string, string>): void {
  const { artifacts = {} } = readJson<Manifest>(directory, 'manifest.json');
  for (const [id, artifact] of Object.entries(artifacts)) {
    const properties = artifact.properties ?? {};
    if (artifact.type === 'aws:cloudformation:stack' && properties.templateFile !== undefined) {
      const { account, region } = environment(artifact.environment);
      const template = readJson<Template>(directory, properties.templateFile);
      stacks.push({ name: properties.stackName ?? id, account, region, template });
    } else if (artifact.type === 'cdk:cloud-assembly' && properties.directoryName !== undefined) {
      readInto(path.join(directory, properties.directoryName), stacks, assets);
    } else if (artifact.type === 'cdk:asset-manifest' && properties.file !== undefined) {
      readAssets(directory, properties.file, assets);
    }
  }
}

function readAssets(directory: string, file: string, assets: Map<string, string>): void {
  for (const { source, destinations } of Object.values(
    readJson<AssetManifest>(directory, file).files ?? {},
  )) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations)) {
      assets.set(objectKey, path.resolve(directory, source.path));
    }
  }
}

/** `aws://ACCOUNT/REGION`; a stack that leaves one open gets the local one. */
function environment(text = ''): { account: string; region: string } {
  const [account = '', region = ''] = text.replace('aws://', '').split('/');
  return {
    account: /^\d{12}$/.test(account) ? account : LOCAL_ACCOUNT,
    region: region === '' || region === 'unknown-region' ? LOCAL_REGION : region,
  };
}

function readJson<T>(directory: string, file: string): T {
  return JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as T;
}
