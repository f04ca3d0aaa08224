import { isInstanceId } from '../../protocol/fields.ts';
import type { PendingRequest, Volume } from '../../protocol/operator.ts';
import { Failure } from '../failure.ts';
import { plain } from '../terminal/text.ts';

const PREFIX = /^[0-9a-f]{4}[0-9a-f-]*$/;

/** Whether this is a whole request id, as protocol/release.ts makes them. */
export const isRequestId = (id: string): boolean => /^[0-9a-f]{16}$/.test(id);

/** The request that waits under this id or prefix. @throws Failure when there is none or more than one. */
export function resolveRequest(requests: readonly PendingRequest[], id: string): PendingRequest {
  const matching = withPrefix(requests, id, (request) => request.id);
  const waiting = matching.filter((request) => request.decision === 'pending');
  const [first, second] = waiting;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined)
    throw ambiguous(
      id,
      waiting.map((request) => `${request.id}  ${request.instance}  ${request.reason}`),
    );
  const decided = matching[0];
  if (decided !== undefined) {
    const by = decided.by === undefined ? '' : ` by ${plain(decided.by)}`;
    throw new Failure('conflict', `Request ${decided.id} has already been ${decided.decision}${by}.`);
  }
  throw new Failure(
    'not-found',
    `No request that waits has an id that begins with ${plain(id)}.`,
    (suggest) => `See what waits: ${suggest('keys list')}`,
  );
}

/** The volume with this UUID or prefix, or the only one of this instance. @throws Failure as resolveRequest. */
export function resolveVolume(volumes: readonly Volume[], id: string): Volume {
  const matching = isInstanceId(id)
    ? volumes.filter((volume) => volume.instance === id)
    : withPrefix(volumes, id, (volume) => volume.luks);
  const [first, second] = matching;
  if (first === undefined) {
    throw new Failure(
      'not-found',
      `No volume is called ${plain(id)}.`,
      (suggest) => `See which there are: ${suggest('keys list')}`,
    );
  }
  if (second !== undefined)
    throw ambiguous(
      id,
      matching.map((volume) => `${volume.luks}  ${volume.instance}  ${volume.volume}`),
    );
  return first;
}

/** Finds everything that `id` can mean to a reader: an instance's volumes and requests, or one of either with its relatives. */
export function resolveAny(
  volumes: readonly Volume[],
  requests: readonly PendingRequest[],
  id: string,
): { volumes: readonly Volume[]; requests: readonly PendingRequest[] } {
  const found = isInstanceId(id)
    ? {
        volumes: volumes.filter((v) => v.instance === id),
        requests: requests.filter((r) => r.instance === id),
      }
    : {
        volumes: withPrefix(volumes, id, (volume) => volume.luks),
        requests: withPrefix(requests, id, (request) => request.id),
      };
  const count = found.volumes.length + found.requests.length;
  if (count === 0) {
    throw new Failure(
      'not-found',
      `Neither a volume nor a request is called ${plain(id)}.`,
      (suggest) => `See which there are: ${suggest('keys list')}`,
    );
  }
  if (isInstanceId(id)) return found;
  if (count > 1) {
    throw ambiguous(id, [
      ...found.requests.map((request) => `${request.id}  request of ${request.instance}`),
      ...found.volumes.map((volume) => `${volume.luks}  ${volume.volume} of ${volume.instance}`),
    ]);
  }
  return withRelatives(volumes, requests, found);
}

/** A volume comes with the requests for it, a request with the volume that it asks for. */
function withRelatives(
  volumes: readonly Volume[],
  requests: readonly PendingRequest[],
  found: { volumes: readonly Volume[]; requests: readonly PendingRequest[] },
) {
  const [volume] = found.volumes;
  if (volume !== undefined)
    return { volumes: found.volumes, requests: requests.filter((r) => r.luks === volume.luks) };
  return {
    volumes: volumes.filter((v) => found.requests.some((r) => r.luks === v.luks)),
    requests: found.requests,
  };
}

function withPrefix<T>(items: readonly T[], prefix: string, key: (item: T) => string): T[] {
  const wanted = prefix.toLowerCase();
  if (!PREFIX.test(wanted)) {
    throw new Failure(
      'usage',
      `"${plain(prefix)}" is not an id.`,
      'Give at least 4 hexadecimal digits, or an instance id.',
    );
  }
  return items.filter((item) => key(item).startsWith(wanted));
}

function ambiguous(id: string, candidates: readonly string[]): Failure {
  return new Failure(
    'usage',
    `"${plain(id)}" can mean ${candidates.length} things.`,
    ['Give more digits of one of these:', ...candidates].join('\n  '),
  );
}
