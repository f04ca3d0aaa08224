import { names, TAGS } from '../../protocol/names.ts';
import { parsePins, type Pins } from '../../protocol/pins.ts';
import { ssmClient } from '../aws/clients.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/text.ts';
import type { Ec2 } from './instance.ts';

/** The parts of the stage that an image is bound to, for people. */
const WORDS: Readonly<Record<keyof Pins, string>> = {
  endpoint: 'its endpoint of the keyserver',
  signingKey: 'its signing key of the keyserver',
  preseedSigningKey: 'its signing key for preseed messages',
};

/** Relation of the image that a launch would take to what is deployed now. */
export type ImageFinding =
  | { readonly kind: 'current'; readonly image: string }
  /** An image of an earlier deployment. `differences`: of {@link Pins}, at least one. */
  | { readonly kind: 'outdated'; readonly image: string; readonly differences: readonly (keyof Pins)[] }
  /** It has no tag that says what it is bound to. */
  | { readonly kind: 'unknown'; readonly image: string }
  /** The parameter names an image that EC2 does not have any more. */
  | { readonly kind: 'gone'; readonly image: string }
  | { readonly kind: 'not-built' }
  | { readonly kind: 'not-deployed' };

/**
 * Compares what the stage's latest image is bound to with what the stage has. It takes `ssm:GetParameter` on both
 * parameters and `ec2:DescribeImages`, which operators, auditors and maintainers have.
 *
 * @throws errors of the SDK, when one of these is refused or AWS does not answer.
 */
export async function findImage(session: Session, ec2: Ec2): Promise<ImageFinding> {
  const { amiParameter, pinsParameter } = names(session.stage);
  const [current, image] = await Promise.all([
    parameter(session, pinsParameter),
    parameter(session, amiParameter),
  ]);
  if (current === undefined) return { kind: 'not-deployed' };
  if (image === undefined) return { kind: 'not-built' };
  const tags = await tagsOf(ec2, image);
  if (tags === undefined) return { kind: 'gone', image };
  const now = parsePins(current);
  const then = parsePins(tags.get(TAGS.pins) ?? '');
  if (now === undefined || then === undefined) return { kind: 'unknown', image };
  const differences = (Object.keys(WORDS) as (keyof Pins)[]).filter((pin) => now[pin] !== then[pin]);
  return differences.length === 0 ? { kind: 'current', image } : { kind: 'outdated', image, differences };
}

/** The fault of an image with what to do about it; undefined when there is none. */
export function imageFailure(finding: ImageFinding, session: Session): Failure | undefined {
  const rebuild = `Build a new image: start the pipeline sealroot-${session.stage} of EC2 Image Builder (role maintainer)`;
  const build = session.local ? 'Bake it: npm start, in the clone.' : `${rebuild}.`;
  switch (finding.kind) {
    case 'current':
      return undefined;
    case 'outdated':
      return new Failure(
        'conflict',
        `${plain(finding.image)} was built for an earlier deployment of stage ${session.stage}: ` +
          `${finding.differences.map((pin) => WORDS[pin]).join(' and ')} is not the one that is deployed now. ` +
          'An instance of it would wait for its key forever.',
        session.local ? build : `${rebuild}. To launch this one all the same: --any-image`,
      );
    case 'unknown':
      return new Failure(
        'conflict',
        `${plain(finding.image)} does not say which deployment it was built for (tag ${TAGS.pins}).`,
        session.local ? build : `${rebuild}. To launch this one all the same: --any-image`,
      );
    case 'gone':
      return new Failure('not-found', `The image ${plain(finding.image)} does not exist any more.`, build);
    case 'not-built':
      return new Failure('not-found', `Stage ${session.stage} has no image yet.`, build);
    case 'not-deployed':
      return new Failure(
        'not-found',
        `No stage "${session.stage}" is deployed here.`,
        'Check --stage, --region and --profile; add --local for the local cloud.',
      );
  }
}

async function parameter(session: Session, name: string): Promise<string | undefined> {
  const { client, GetParameterCommand } = await ssmClient(session);
  try {
    return (await client.send(new GetParameterCommand({ Name: name }))).Parameter?.Value;
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
    throw error;
  }
}

/** Undefined when there is no such image. */
async function tagsOf(ec2: Ec2, image: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { Images } = await ec2.client.send(new ec2.sdk.DescribeImagesCommand({ ImageIds: [image] }));
    const [found] = Images ?? [];
    return found && new Map(found.Tags?.map(({ Key = '', Value = '' }) => [Key, Value]));
  } catch (error) {
    if (error instanceof Error && /^InvalidAMIID\.(NotFound|Unavailable)$/.test(error.name)) return undefined;
    throw error;
  }
}
