import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorAnswer, type Protocol } from './answers.ts';
import { AwsError, type GatewayRequest, type GatewayResponse, type ServiceHandler } from './contracts.ts';
import type { ApiGateway } from '../services/apigateway/service.ts';
import { createGatewayServer } from './http.ts';
import type { LocalIdentities } from '../services/iam/identities.ts';
import { readScope } from './sigv4.ts';

/** The services behind the gateway, by the service name in the credential scope. */
export type Services = ReadonlyMap<string, { readonly handler: ServiceHandler; readonly protocol: Protocol }>;

const LOOPBACK = '127.0.0.1';

/** One HTTP listener on loopback for every AWS API. */
export class Gateway {
  private readonly server: Server;
  private readonly log: (line: string) => void;
  private identities: LocalIdentities | undefined;
  private apis: ApiGateway | undefined;
  private services: Services = new Map();

  constructor(log: (line: string) => void) {
    this.log = log;
    this.server = createGatewayServer((request) => this.handle(request));
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

  open(identities: LocalIdentities, apis: ApiGateway, services: Services): void {
    this.identities = identities;
    this.apis = apis;
    this.services = services;
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

  private async handle(request: GatewayRequest): Promise<GatewayResponse> {
    const { identities, apis } = this;
    if (identities === undefined || apis === undefined) {
      return errorAnswer('json', new AwsError('ServiceUnavailableException', 'starting', 503));
    }
    if (apis.serves(request.headers['host'] ?? '')) return apis.handlePublic(request, LOOPBACK);
    let protocol: Protocol = request.headers['x-amz-target'] === undefined ? 'query' : 'json';
    try {
      const service = this.services.get(readScope(request).service);
      protocol = service?.protocol ?? protocol;
      const { principal, scope } = identities.verify(request);
      if (service === undefined) {
        throw new AwsError('UnknownService', `the local cloud has no service ${scope.service}`, 404);
      }
      return await service.handler.handle(request, principal);
    } catch (error) {
      if (!(error instanceof AwsError))
        this.log(`gateway: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      return errorAnswer(protocol, error);
    }
  }
}
