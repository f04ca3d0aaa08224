import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { Credentials, ServiceSessions } from '../../engine/contracts/identity.ts';
import type { AccountRegion } from '../../engine/contracts/resources.ts';
import type { InstanceFacts, InstanceMetadata, InstanceSource } from '../../engine/contracts/services.ts';
import { metadataTree, roleCredentials } from './metadata.ts';
import { imds } from './requests.ts';
import { roleSession } from './role-session.ts';

/** No instance runs a local build: it is a chroot of this machine. */
const BUILD_INSTANCE = 'i-0000000000000ba4e';

type Handler = (request: HttpRequest) => HttpResponse;

interface Dependencies extends AccountRegion {
  readonly sessions: ServiceSessions;
}

/** The instance metadata service: for each instance a handler of its own, which is how it knows who asks. */
export class ImdsService implements InstanceMetadata {
  private readonly on: Dependencies;

  constructor(dependencies: Dependencies) {
    this.on = dependencies;
  }

  forInstance(source: InstanceSource, facts: () => InstanceFacts, tokenRequired: boolean): Handler {
    const role = facts().instanceProfile?.role;
    const credentials = role === undefined ? noRole : roleSession(this.on, role, source);
    return imds({ tree: () => metadataTree(facts(), this.on, credentials), tokenRequired });
  }

  /** IMDS of a build instance of Image Builder, as far as build steps use it: its role's credentials. */
  forBuild(role: string): Handler {
    const credentials = (): Credentials =>
      this.on.sessions.issueToService('ec2.amazonaws.com', role, BUILD_INSTANCE);
    const tree = { 'meta-data': { iam: { 'security-credentials': roleCredentials(role, credentials) } } };
    return imds({ tree: () => tree, tokenRequired: true });
  }
}

function noRole(): never {
  throw new Error('the instance has no role');
}
