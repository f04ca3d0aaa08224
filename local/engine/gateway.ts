import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from './contracts/errors.ts';
import type { HttpRequest, HttpResponse } from './contracts/http.ts';
import type { Authenticator } from './contracts/identity.ts';
import type { PublicApis, ServiceHandler } from './contracts/services.ts';
import { httpServer } from './http.ts';
import { errorResponse, type Protocol } from './responses.ts';
import { readScope } from './sigv4.ts';

/** The services that the gateway passes requests on to. */
export interface Backends {
  readonly authenticator: Authenticator;
  readonly apis: PublicApis;
  /** Services by their name in the credential scope. */
  readonly services: ReadonlyMap<string, { readonly handler: ServiceHandler; readonly protocol: Protocol }>;
}

const LOOPBACK = '127.0.0.1';

/** One HTTP listener on loopback for every AWS API. */
export class Gateway {
  private readonly server: Server;
  private readonly log: (line: string) => void;
  private backends: Backends | undefined;

  constructor(log: (line: string) => void) {
    this.log = log;
    this.server = httpServer((request) => this.handle(request));
  }

  /**
   * @param port taken when it is free and another one when it is not; 0 takes any.
   * @returns `http://127.0.0.1:PORT`. Until `open` every request is answered 503.
   */
  async listen(port: number): Promise<string> {
    try {
      await this.bind(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      await this.bind(0);
    }
    return `http://${LOOPBACK}:${String((this.server.address() as AddressInfo).port)}`;
  }

  open(backends: Backends): void {
    this.backends = backends;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private bind(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, LOOPBACK, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  private async handle(request: HttpRequest): Promise<HttpResponse> {
    if (this.backends === undefined) {
      return errorResponse('json', new AwsError('ServiceUnavailableException', 'starting', 503));
    }
    const { authenticator, apis, services } = this.backends;
    if (apis.serves(request.headers['host'] ?? '')) return apis.handlePublic(request, LOOPBACK);
    let protocol: Protocol = request.headers['x-amz-target'] === undefined ? 'query' : 'json';
    try {
      const name = readScope(request).service;
      const service = services.get(name);
      protocol = service?.protocol ?? protocol;
      const { principal } = authenticator.verify(request);
      if (service === undefined) {
        throw new AwsError('UnknownService', `the local cloud has no service ${name}`, 404);
      }
      return await service.handler.handle(request, principal);
    } catch (error) {
      if (!(error instanceof AwsError))
        this.log(`gateway: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      return errorResponse(protocol, error);
    }
  }
}
