import { Tags, type App, type StackProps } from 'aws-cdk-lib/core';
import { TAGS } from '../protocol/names.ts';
import type { StageConfig } from './config.ts';
import type { Bundles } from './platform/bundle.ts';
import { AccessStack } from './access/stack.ts';
import { FleetStack } from './fleet/stack.ts';
import { ImageStack } from './image/stack.ts';
import { KeyserverStack } from './keyserver/stack.ts';
import { NetworkStack } from './network/stack.ts';
import { OperatorStack } from './operator/stack.ts';
import { PreseedStack } from './preseed/stack.ts';

export interface StageStacks {
  readonly network: NetworkStack;
  readonly preseed: PreseedStack;
  readonly keyserver: KeyserverStack;
  readonly operator: OperatorStack;
  readonly image: ImageStack;
  readonly fleet: FleetStack;
  readonly access: AccessStack;
}

/** The seven stacks of one stage. */
export function addStage(app: App, stage: StageConfig, bundles: Bundles): StageStacks {
  const { name, account, region } = stage;
  const id = (part: string) => `Sealroot-${name}-${part}`;
  const props = (what: string): StackProps => ({
    // Members that are undefined leave the stack to whatever account and region deploys it.
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
    description: `Sealroot ${name}: ${what}`,
  });
  const network = new NetworkStack(app, id('Network'), stage, props('network'));
  const preseed = new PreseedStack(app, id('Preseed'), stage, network, bundles, props('preseeding'));
  const keyserver = new KeyserverStack(
    app,
    id('Keyserver'),
    stage,
    network,
    preseed,
    bundles,
    props('keyserver'),
  );
  const operator = new OperatorStack(
    app,
    id('Operator'),
    stage,
    keyserver,
    preseed,
    bundles,
    props('operator API'),
  );
  const fleet = new FleetStack(app, id('Fleet'), stage, network, keyserver, props('instances'));
  const stacks: StageStacks = {
    network,
    preseed,
    keyserver,
    operator,
    image: new ImageStack(app, id('Image'), stage, network, keyserver, preseed, props('image pipeline')),
    fleet,
    access: new AccessStack(app, id('Access'), stage, keyserver, operator, fleet, props('roles of people')),
  };
  for (const stack of Object.values(stacks) as NetworkStack[]) Tags.of(stack).add(TAGS.stage, name);
  return stacks;
}
