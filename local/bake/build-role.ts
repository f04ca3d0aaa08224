import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Credentials } from '../engine/contracts.ts';
import { readRequest, writeResponse } from '../vm/http.ts';
import { imds } from '../services/imds/server.ts';

export interface BuildRole {
  /** For AWS_EC2_METADATA_SERVICE_ENDPOINT. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Plays IMDS to the build steps, which run in a chroot of this machine and not in a VM: the role's credentials and
 * nothing else, on a loopback port, for as long as the bake runs.
 */
export async function serveBuildRole(role: string, credentials: () => Credentials): Promise<BuildRole> {
  const item = (): string => {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials();
    return JSON.stringify({
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: expiration?.toISOString(),
    });
  };
  const answer = imds({
    tree: () => ({ 'meta-data': { iam: { 'security-credentials': { [role]: item } } } }),
    tokenRequired: true,
  });
  const server = createServer((incoming, outgoing) => {
    readRequest(incoming, 1024).then(
      (request) => {
        if (request === undefined) incoming.destroy();
        else writeResponse(outgoing, answer(request));
      },
      () => incoming.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
