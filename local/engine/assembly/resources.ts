import { randomBytes } from 'node:crypto';
import type { Resource, Resources } from '../contracts/resources.ts';
import type { Assembly, Stack, TemplateResource } from './assembly.ts';
import { attributeOf, refArn, type AttributeContext, type Described } from './attributes.ts';
import { NO_VALUE, resolve, type Scope } from './intrinsics.ts';
import { alphanumeric, iamUniqueId, type PhysicalIds } from './physical-ids.ts';

/** Type of a template's parameter whose default names a parameter of Systems Manager, and whose value is that one's. */
const SSM_VALUE = 'AWS::SSM::Parameter::Value<String>';

/** Every resource of every stack of an assembly, resolved against one another on first use. */
export class AssemblyResources implements Resources {
  private readonly resources: readonly LocalResource[];

  constructor(assembly: Assembly, ids: PhysicalIds) {
    const resources: LocalResource[] = [];
    const scopes: StackScope[] = [];
    const context: AttributeContext = {
      account: assembly.account,
      region: assembly.region,
      further: (resource, purpose) =>
        ids.further(resource.stack, resource.logicalId, purpose, () => newFurther(purpose)),
    };
    for (const stack of assembly.stacks) {
      if (stack.template.Transform !== undefined) {
        throw new Error(`${stack.name}: the local cloud runs no macros (Transform)`);
      }
      const scope = new StackScope(stack, scopes);
      scopes.push(scope);
      for (const [logicalId, template] of Object.entries(stack.template.Resources ?? {})) {
        if (template.Condition !== undefined && !scope.condition(template.Condition)) continue;
        const resource = new LocalResource(logicalId, template, scope, context, ids);
        scope.own.set(logicalId, resource);
        resources.push(resource);
      }
    }
    this.resources = resources;
    // Ids are written all at once, since each write waits for the disk.
    ids.batch(() => {
      for (const resource of resources) resource.reserveId();
    });
  }

  all(): readonly Resource[] {
    return this.resources;
  }

  ofType(type: string): readonly Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  byPhysicalId(physicalId: string): Resource | undefined {
    return this.resources.find((resource) => resource.physicalId === physicalId);
  }

  byLogicalId(logicalId: string, stack?: string): Resource | undefined {
    return this.resources.find(
      (resource) => resource.logicalId === logicalId && (stack === undefined || resource.stack === stack),
    );
  }
}

function newFurther(purpose: string): string {
  if (purpose === 'unique-id') return iamUniqueId('AROA');
  return purpose === 'root' ? alphanumeric(10) : randomBytes(8).toString('hex');
}

class LocalResource implements Resource, Described {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  private readonly template: TemplateResource;
  private readonly scope: StackScope;
  private readonly context: AttributeContext;
  private readonly ids: PhysicalIds;
  private resolved: Readonly<Record<string, unknown>> | undefined;
  private id: string | undefined;

  constructor(
    logicalId: string,
    template: TemplateResource,
    scope: StackScope,
    context: AttributeContext,
    ids: PhysicalIds,
  ) {
    this.stack = scope.name;
    this.logicalId = logicalId;
    this.type = template.Type;
    this.template = template;
    this.scope = scope;
    this.context = context;
    this.ids = ids;
  }

  get physicalId(): string {
    this.id ??= this.identify();
    return this.id;
  }

  get properties(): Readonly<Record<string, unknown>> {
    this.resolved ??= resolve(this.template.Properties ?? {}, this.scope) as Record<string, unknown>;
    return this.resolved;
  }

  /** Resolves this one property alone: two resources may refer to each other through different ones. */
  property(name: string): unknown {
    const value = resolve(this.template.Properties?.[name], this.scope);
    return value === NO_VALUE ? undefined : value;
  }

  attribute(name: string): unknown {
    return attributeOf(this, name, this.context);
  }

  /** Takes a generated id where the template gives no name. No property is resolved for that. */
  reserveId(): void {
    const nameProperty = this.ids.nameProperty(this.type);
    if (nameProperty !== undefined && this.template.Properties?.[nameProperty] !== undefined) return;
    this.ids.generated(this.stack, this.logicalId, this.type);
  }

  private identify(): string {
    const nameProperty = this.ids.nameProperty(this.type);
    const name = nameProperty === undefined ? undefined : this.property(nameProperty);
    if (typeof name === 'string' && !this.type.startsWith('AWS::ImageBuilder::')) return name;
    // The name has to be known before the ARN is made of it.
    this.id = this.ids.generated(this.stack, this.logicalId, this.type);
    return refArn(this, this.context) ?? this.id;
  }
}

class StackScope implements Scope {
  readonly name: string;
  readonly own = new Map<string, LocalResource>();
  readonly availabilityZones: readonly string[];
  private readonly stack: Stack;
  private readonly scopes: readonly StackScope[];

  constructor(stack: Stack, scopes: readonly StackScope[]) {
    this.name = stack.name;
    this.stack = stack;
    this.scopes = scopes;
    this.availabilityZones = ['a', 'b', 'c'].map((letter) => stack.region + letter);
  }

  ref(name: string): unknown {
    const resource = this.own.get(name);
    if (resource !== undefined) return resource.physicalId;
    switch (name) {
      case 'AWS::AccountId':
        return this.stack.account;
      case 'AWS::Region':
        return this.stack.region;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return this.stack.name;
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${this.stack.region}:${this.stack.account}:stack/${this.stack.name}/local`;
      case 'AWS::NoValue':
        return NO_VALUE;
      default:
        return this.parameter(name);
    }
  }

  attribute(logicalId: string, attribute: string): unknown {
    const resource = this.own.get(logicalId);
    if (resource === undefined) throw new Error(`${this.name}: no resource ${logicalId} for Fn::GetAtt`);
    return resource.attribute(attribute);
  }

  importValue(name: string): unknown {
    for (const scope of this.scopes) {
      for (const output of Object.values(scope.stack.template.Outputs ?? {})) {
        if (output.Export !== undefined && resolve(output.Export.Name, scope) === name) {
          return resolve(output.Value, scope);
        }
      }
    }
    throw new Error(`${this.name}: no stack exports ${name}`);
  }

  mapping(map: string, first: string, second: string): unknown {
    const value = this.stack.template.Mappings?.[map]?.[first]?.[second];
    if (value === undefined) throw new Error(`${this.name}: mapping ${map} has no ${first}.${second}`);
    return value;
  }

  condition(name: string): boolean {
    const definition = this.stack.template.Conditions?.[name];
    if (definition === undefined) throw new Error(`${this.name}: no condition ${name}`);
    return resolve(definition, this) === true;
  }

  private parameter(name: string): unknown {
    const parameter = this.stack.template.Parameters?.[name];
    if (parameter?.Default === undefined) {
      throw new Error(`${this.name}: Ref to ${name}, which is no resource and no parameter with a default`);
    }
    return parameter.Type === SSM_VALUE ? this.storedValue(parameter.Default) : parameter.Default;
  }

  /** Value of a parameter of Systems Manager. An earlier stack has to write it: AWS would find none otherwise. */
  private storedValue(name: string): unknown {
    const earlier = this.scopes.slice(0, this.scopes.indexOf(this));
    for (const resource of earlier.flatMap(({ own }) => [...own.values()])) {
      if (resource.type === 'AWS::SSM::Parameter' && resource.physicalId === name)
        return resource.property('Value');
    }
    throw new Error(`${this.name}: no stack that is deployed before it writes the parameter ${name}`);
  }
}
