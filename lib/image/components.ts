import { existsSync, readFileSync } from 'node:fs';
import type { CfnImageRecipe } from 'aws-cdk-lib/aws-imagebuilder';
import { Construct } from 'constructs';
import { inPackage } from '../platform/root.ts';
import { ImmutableComponent } from './immutable.ts';

/** In the order in which they run; folders of image-builder/components. */
const COMPONENTS = ['packages', 'initramfs', 'configuration', 'validation', 'boot-test'] as const;

/** Image Builder's limit for a document that is given inline, in characters. */
const MAX_DOCUMENT = 16_000;

/** Parameters that component documents may ask for as `{{ Name }}`. */
export interface ImageParameters {
  readonly FilesBucket: string;
  readonly FilesKey: string;
  /** URL of the private API with its stage. */
  readonly Endpoint: string;
  /** Names or addresses of the endpoint that leads there, separated by spaces. */
  readonly EndpointAddress: string;
  readonly Region: string;
  readonly SigningKeyArn: string;
  readonly Preset: string;
  readonly PreseedSigningKeyArn: string;
  /** Seconds; 0 is without end. */
  readonly PreseedWaitLimit: string;
  /** `on` or `off`. */
  readonly ImdsGuard: string;
  /** Separated by spaces; root is the first. */
  readonly ImdsUsers: string;
}

export interface ImageComponentsProps {
  readonly stage: string;
  readonly parameters: ImageParameters;
}

/** The documents of image-builder/components, each an immutable component with the parameters it asks for. */
export class ImageComponents extends Construct {
  readonly configurations: readonly CfnImageRecipe.ComponentConfigurationProperty[];
  /** Of the documents, in the same order: an ARN shows them only once it is deployed. */
  readonly versions: readonly string[];

  constructor(scope: Construct, id: string, { stage, parameters }: ImageComponentsProps) {
    super(scope, id);
    const components = COMPONENTS.map((name) => {
      const data = readDocument(name);
      const component = new ImmutableComponent(this, name, {
        name: `sealroot-${stage}-${name}`,
        platform: 'Linux',
        description: `Sealroot ${stage}: ${name}`,
        data,
      });
      return { name, data, component };
    });
    this.versions = components.map(({ component }) => component.version);
    this.configurations = components.map(({ name, data, component }) => {
      const asked = askedFor(name, data, parameters);
      return { componentArn: component.attrArn, ...(asked.length === 0 ? {} : { parameters: asked }) };
    });
  }
}

function readDocument(name: string): string {
  const file = inPackage('image-builder', 'components', name, 'component.yaml');
  if (!existsSync(file)) throw new Error(`cannot define image component ${name}: ${file} is missing`);
  const data = readFileSync(file, 'utf8');
  if (data.length > MAX_DOCUMENT) throw new Error(`${file} is longer than ${MAX_DOCUMENT} characters`);
  return data;
}

/** A component gets the parameters that its document names: Image Builder refuses one that is not declared. */
function askedFor(name: string, data: string, parameters: ImageParameters) {
  const given = new Map(Object.entries(parameters) as [string, string][]);
  const asked = new Set(
    [...data.matchAll(/\{\{\s*([A-Z]\w*)\s*\}\}/g)].map(([, parameter]) => String(parameter)),
  );
  return [...asked].sort().map((parameter) => {
    const value = given.get(parameter);
    if (value === undefined)
      throw new Error(`image component ${name} asks for ${parameter}, which nothing sets`);
    return { name: parameter, value: [value] };
  });
}
