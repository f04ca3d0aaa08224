import { names } from '../../protocol/names.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/text.ts';
import type { Ec2 } from './instance.ts';

export interface SubnetOptions {
  /** Number of the only subnet to launch into, from 1. */
  readonly subnet?: number;
  /** Set when an earlier attempt may have launched. */
  readonly clientToken?: string;
}

/** EC2's codes for a zone that has no room for an instance now, or does not offer its type. */
const NO_ROOM: readonly string[] = [
  'InsufficientInstanceCapacity',
  'InsufficientFreeAddressesInSubnet',
  'Unsupported',
];

/**
 * Launches into the subnet that is asked for, else into the first of the fleet's that has room.
 *
 * A client token belongs to one attempt. Repeated, it would launch in the first subnet what an earlier run has launched
 * in the second: so with a token of the caller's only one subnet is tried.
 *
 * @param run one attempt, by the launch template of this name.
 * @throws the error of the last subnet that was tried.
 */
export async function launchWhereThereIsRoom<T>(
  session: Session,
  ec2: Ec2,
  { subnet, clientToken }: SubnetOptions,
  run: (launchTemplate: string) => Promise<T>,
): Promise<T> {
  const { launchTemplate } = names(session.stage);
  let tried = subnet ?? 1;
  let others: number[] | undefined;
  for (;;) {
    try {
      return await run(launchTemplate(tried));
    } catch (error) {
      if (subnet !== undefined || !hasNoRoom(error)) throw error;
      // Without the right to list the others there is still the reason of EC2's.
      others ??= await otherSubnets(session, ec2).catch(() => []);
      const next = others.shift();
      if (next === undefined) throw error;
      if (clientToken !== undefined) throw onlyOneSubnet(session, error, next);
      session.note(`Subnet ${tried} has no room (${error.name}): trying subnet ${next}.`);
      tried = next;
    }
  }
}

const hasNoRoom = (error: unknown): error is Error => error instanceof Error && NO_ROOM.includes(error.name);

const onlyOneSubnet = (session: Session, error: Error, next: number): Failure =>
  new Failure(
    'unavailable',
    plain(error.message),
    `With --client-token no other subnet is tried. Nothing was launched; for another one: ${session.suggest(`launch --subnet ${next}`)}`,
    error,
  );

/** Numbers of the fleet's subnets after the first, in their order. */
async function otherSubnets(session: Session, { client, sdk }: Ec2): Promise<number[]> {
  const beginning = `${names(session.stage).launchTemplate()}/`;
  const templates: string[] = [];
  for await (const { LaunchTemplates = [] } of sdk.paginateDescribeLaunchTemplates(
    { client },
    { Filters: [{ Name: 'launch-template-name', Values: [`${beginning}*`] }] },
  ))
    templates.push(...LaunchTemplates.map(({ LaunchTemplateName = '' }) => LaunchTemplateName));
  return templates.map((name) => Number(name.slice(beginning.length))).sort((a, b) => a - b);
}
