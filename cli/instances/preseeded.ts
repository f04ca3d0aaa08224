import { TAGS } from '../../protocol/names.ts';
import { Failure } from '../failure.ts';
import { connectOperator } from '../operator/connect.ts';
import { called, findServer } from '../preseed/find.ts';
import type { Session } from '../session.ts';
import type { Ec2 } from './instance.ts';
import { markUserData } from './user-data.ts';

/**
 * The SERVER_ID to launch with. Two instances with one id would both try to register, and neither could be told
 * apart: so one instance, for a server that has none.
 *
 * @throws Failure `usage` for several instances, `conflict` when the server has, or is to get, another one.
 */
export async function serverToLaunch(
  session: Session,
  ec2: Ec2,
  options: { readonly serverId: string; readonly count: number },
): Promise<string> {
  if (options.count !== 1) {
    throw new Failure('usage', 'A server is one instance: --server-id goes with --count 1.');
  }
  const operator = await connectOperator(session);
  const server = await operator.showServer(await findServer(session, operator, options.serverId));
  if (server.state !== 'created') {
    const instance = server.instance === undefined ? '' : ` by ${server.instance}`;
    throw new Failure(
      'conflict',
      `${called(server)} is ${server.state}${instance}: no other instance can register as it.`,
      `Make another: ${session.suggest('preseed create --for NAME')}`,
    );
  }
  const taken = await instancesOf(ec2, server.server);
  if (taken.length > 0) {
    throw new Failure(
      'conflict',
      `${called(server)} has been launched already: ${taken.join(', ')}.`,
      `If that one is not wanted: ${session.suggest(`terminate ${taken.join(' ')}`)}`,
    );
  }
  return server.server;
}

/** Those that carry its tag and are not gone. */
async function instancesOf(ec2: Ec2, server: string): Promise<string[]> {
  const { Reservations = [] } = await ec2.client.send(
    new ec2.sdk.DescribeInstancesCommand({
      Filters: [
        { Name: `tag:${TAGS.server}`, Values: [server] },
        { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
      ],
    }),
  );
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId = '' }) => InstanceId));
}

/** @throws Failure `usage` when there is no place for it. */
export function withServer(userData: Buffer | undefined, server: string): Buffer {
  const marked = markUserData(userData, server);
  if ('content' in marked) return marked.content;
  throw new Failure('usage', `The SERVER_ID cannot be added to the user data. ${marked.problem}`);
}
