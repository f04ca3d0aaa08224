import { ec2Client, stsClient } from '../../aws/clients.ts';
import type { Session } from '../../session.ts';
import type { Account } from './account.ts';
import { ec2Answers } from './ec2.ts';
import { accountPlan } from './free-plan.ts';
import { serviceAnswers } from './services.ts';

/**
 * The account and region that the session's credentials lead to.
 *
 * @throws what the SDK throws when there are no credentials, no region, or they are not valid.
 */
export async function openAccount(session: Session): Promise<Account> {
  const { client, sdk } = await stsClient(session);
  const [keys, region] = await Promise.all([client.config.credentials(), client.config.region()]);
  let date: string | undefined;
  let received = 0;
  client.middlewareStack.add(
    (next) => async (given) => {
      const result = await next(given);
      received = session.context.now();
      date = dateOf(result.response);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'sealroot-clock' },
  );
  const { Arn: arn = '', Account: account = '' } = await client.send(new sdk.GetCallerIdentityCommand({}));
  const [, partition = 'aws'] = arn.split(':');
  const ahead = date === undefined ? Number.NaN : received - Date.parse(date);
  const { env, signal } = session.context;
  return {
    region,
    caller: arn,
    account,
    clockAhead: Number.isNaN(ahead) ? undefined : ahead,
    plan: async () => (partition === 'aws' ? accountPlan(keys, env, signal) : undefined),
    ...ec2Answers(await ec2Client(session), region, session.stage),
    ...serviceAnswers(session, { account, partition, region }),
  };
}

function dateOf(response: unknown): string | undefined {
  const { headers } = response as { readonly headers?: Readonly<Record<string, string | undefined>> };
  return headers?.['date'];
}
