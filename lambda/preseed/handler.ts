import { PRESEED_ROUTES } from '../../protocol/routes.ts';
import { api, type RouteHandler } from '../volumes/adapters/api-gateway.ts';
import { logAudit } from '../volumes/adapters/system.ts';

/** Nothing is handed out yet: instances wait and ask again. */
const notYet: RouteHandler = ({ requestContext }) =>
  Promise.resolve({ error: { code: 'unavailable', request: requestContext.requestId }, retryAfter: 60 });

export const handler = api(
  PRESEED_ROUTES,
  { register: notYet, receive: notYet, ack: notYet, report: notYet },
  { maxBodyBytes: 1024, audit: logAudit },
);
