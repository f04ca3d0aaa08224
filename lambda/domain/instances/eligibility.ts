import { TAGS } from '../../../protocol/names.ts';
import type { Caller } from './caller.ts';
import { refused, type InstanceRefusal, type Refused, type Unavailable } from './outcome.ts';
import type { ImageFacts, InstanceFacts, Inventory } from '../../platform/ports/inventory.ts';
import type { InstanceSettings } from './settings.ts';

export interface Eligible {
  readonly kind: 'eligible';
  readonly image: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * An instance that is eligible but for its image, which EC2 no longer knows. A person decides, since nothing vouches
 * for it.
 */
export interface ImageGone {
  readonly kind: 'image-gone';
  readonly image: string;
}

/** Asks EC2 whether an instance may be bound to a volume or a server: when that is done, or a person is to decide. */
export async function checkEligibility(
  inventory: Inventory,
  caller: Caller,
  settings: InstanceSettings,
): Promise<Eligible | ImageGone | Refused<InstanceRefusal> | Unavailable> {
  const instance = await inventory.instance(caller.instance);
  // EC2 is eventually consistent, and an instance can ask within seconds of its launch.
  if (instance === undefined) return { kind: 'unavailable', reason: 'instance-not-visible' };
  const refusal = checkInstance(instance, caller, settings);
  if (refusal !== undefined) return refusal;
  const { image, tags } = instance;
  const facts = await inventory.image(image);
  if (facts === undefined) return { kind: 'image-gone', image };
  return isOurImage(facts, caller, settings) ? { kind: 'eligible', image, tags } : refused('image');
}

function checkInstance(
  instance: InstanceFacts,
  caller: Caller,
  settings: InstanceSettings,
): Refused<InstanceRefusal> | undefined {
  if (instance.state !== 'running' && instance.state !== 'pending') return refused('instance-state');
  if (instance.vpc !== settings.vpcId) return refused('instance-vpc');
  if (instance.address !== caller.address) return refused('instance-address');
  // A profile's name need not be its role's; the role itself is known from the signature.
  const profile = `arn:${caller.partition}:iam::${caller.account}:instance-profile/`;
  if (!instance.profile.startsWith(profile)) return refused('instance-profile');
  // Image Builder launches test instances, and does not put the fleet's tags on them.
  const isImageTest = settings.instanceRoles.indexOf(caller.role) > 0;
  if (instance.tags[TAGS.stage] !== settings.stage && !isImageTest) return refused('instance-tag');
  return undefined;
}

function isOurImage(image: ImageFacts, caller: Caller, settings: InstanceSettings): boolean {
  if (image.owner !== caller.account) return false;
  const { region, imageRecipe, stage } = settings;
  const builder = `arn:${caller.partition}:imagebuilder:${region}:${caller.account}:image/${imageRecipe}/`;
  return image.tags['Ec2ImageBuilderArn']?.startsWith(builder) === true || image.tags[TAGS.stage] === stage;
}
