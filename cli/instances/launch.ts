import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { _InstanceType, TagSpecification } from '@aws-sdk/client-ec2';
import { TAGS } from '../../protocol/names.ts';
import { ec2Client, stsClient } from '../aws/clients.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { toInstance, type Ec2, type Instance } from './instance.ts';
import { findImage, imageFailure } from './pins.ts';
import { serverToLaunch, withServer } from './preseeded.ts';
import { launchWhereThereIsRoom, type SubnetOptions } from './subnets.ts';
import { waitForState } from './wait.ts';

export interface LaunchOptions extends SubnetOptions {
  readonly count: number;
  readonly type?: string;
  readonly name?: string;
  readonly tag: Readonly<Record<string, string>>;
  readonly userData?: string;
  /** A SERVER_ID, or the name of a server. */
  readonly serverId?: string;
  /** Do not ask whether the image can boot. */
  readonly anyImage?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
}

/** EC2's limit, before base64. */
const MAX_USER_DATA_BYTES = 16 * 1024;

export async function launch(session: Session, options: LaunchOptions): Promise<void> {
  const own = await readUserData(session, options.userData);
  const [ec2, launchedBy] = await Promise.all([ec2Client(session), callerId(session)]);
  const { serverId, count } = options;
  const server = serverId === undefined ? undefined : await serverToLaunch(session, ec2, { serverId, count });
  const userData = server === undefined ? own : withServer(own, server);
  checkSize(userData);
  if (!options.anyImage) await mustBoot(session, ec2);
  const answer = await launchWhereThereIsRoom(session, ec2, options, (LaunchTemplateName) =>
    ec2.client.send(
      new ec2.sdk.RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateName, Version: '$Latest' },
        MinCount: options.count,
        MaxCount: options.count,
        // The SDK repeats a request whose answer was lost: with the token EC2 launches once.
        ClientToken: options.clientToken ?? randomUUID(),
        TagSpecifications: tags(session.stage, launchedBy, options, server),
        ...(options.type === undefined ? {} : { InstanceType: options.type as _InstanceType }),
        ...(userData === undefined ? {} : { UserData: userData.toString('base64') }),
      }),
    ),
  );
  let instances: readonly Instance[] = (answer.Instances ?? []).map(toInstance);
  const ids = instances.map(({ id }) => id);
  // Ids first: they must be known even when waiting is interrupted.
  if (!session.json) for (const id of ids) session.context.stdout.write(`${id}\n`);
  if (options.wait) instances = await waitForState(session, ec2, ids, 'running', options.timeout);
  session.result({ instances }, () => []);
  nextSteps(session, ids[0] ?? '', server);
}

/** EC2 launches an image that no keyserver answers, and would only say that it runs. */
async function mustBoot(session: Session, ec2: Ec2): Promise<void> {
  const failure = imageFailure(await findImage(session, ec2), session);
  if (failure !== undefined) throw failure;
}

function tags(
  stage: string,
  launchedBy: string,
  options: LaunchOptions,
  server: string | undefined,
): TagSpecification[] {
  const all = {
    ...options.tag,
    ...(options.name === undefined ? {} : { Name: options.name }),
    [TAGS.stage]: stage,
    [TAGS.launchedBy]: launchedBy,
  };
  const Tags = Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
  return [
    {
      ResourceType: 'instance',
      Tags: server === undefined ? Tags : [...Tags, { Key: TAGS.server, Value: server }],
    },
    { ResourceType: 'volume', Tags },
  ];
}

/** `aws:userid`: the only value that IAM lets the operator role write to this tag. */
async function callerId(session: Session): Promise<string> {
  const { client, sdk } = await stsClient(session);
  return (await client.send(new sdk.GetCallerIdentityCommand({}))).UserId ?? 'unknown';
}

async function readUserData(session: Session, file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  return await readFile(resolve(session.context.cwd, file)).catch((error: unknown) => {
    throw new Failure(
      'usage',
      `The user data cannot be read: ${error instanceof Error ? error.message : file}`,
      undefined,
      error,
    );
  });
}

function checkSize(userData: Buffer | undefined): void {
  if (userData === undefined || userData.length <= MAX_USER_DATA_BYTES) return;
  throw new Failure(
    'usage',
    `The user data is ${userData.length} bytes; EC2 takes ${MAX_USER_DATA_BYTES} at most.`,
  );
}

function nextSteps(session: Session, id: string, server: string | undefined): void {
  session.note(`\nWatch it boot:      ${session.suggest(`console ${id}`)}`);
  session.note(`See how it is:      ${session.suggest('instances')}`);
  session.note(`See its key:        ${session.suggest(`keys show ${id}`)}`);
  if (server !== undefined)
    session.note(`See its messages:   ${session.suggest(`preseed status ${server}`)}`);
}
