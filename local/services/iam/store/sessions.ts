import { randomBytes } from 'node:crypto';
import { iamUniqueId } from '../../../engine/assembly/physical-ids.ts';
import type { ConditionContext, Credentials } from '../../../engine/contracts/identity.ts';
import { StateFile } from '../../../engine/state.ts';
import { newSecret } from './secret.ts';

interface Temporary {
  readonly secret: string;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

interface RoleFacts {
  readonly role: string;
  readonly roleArn: string;
  readonly roleId: string;
  readonly name: string;
  readonly context: ConditionContext;
}

/** Facts of a session that GetSessionToken gave: the user, with or without proof of a second factor. */
interface UserFacts {
  readonly user: string;
  /** Time at which the second factor was shown, milliseconds since the epoch. */
  readonly mfa?: number;
}

export type Session = Temporary & (RoleFacts | UserFacts);

interface Stored {
  readonly sessions: Readonly<Record<string, Session>>;
}

/** An expired session is told so for a while, and unknown after that. */
const KEPT_MS = 24 * 3600_000;

/** Sessions of roles and users, in `identities.json`: they outlive a restart, as virtual machines do. */
export class SessionStore {
  private readonly file: StateFile<Stored>;
  private sessions: Stored['sessions'];

  constructor(state: string) {
    this.file = new StateFile<Stored>(state, 'identities.json', { sessions: {} });
    this.sessions = this.file.read().sessions;
    this.file.write({ sessions: this.sessions });
  }

  find(accessKeyId: string): Session | undefined {
    return Object.hasOwn(this.sessions, accessKeyId) ? this.sessions[accessKeyId] : undefined;
  }

  create(facts: RoleFacts | UserFacts, durationSeconds: number): Credentials {
    const now = Date.now();
    const accessKeyId = iamUniqueId('ASIA');
    const session: Session = {
      secret: newSecret(),
      token: randomBytes(96).toString('base64'),
      expires: now + durationSeconds * 1000,
      ...facts,
    };
    const live = Object.entries(this.sessions).filter(([, { expires }]) => expires > now - KEPT_MS);
    this.sessions = { ...Object.fromEntries(live), [accessKeyId]: session };
    this.file.write({ sessions: this.sessions });
    return {
      accessKeyId,
      secretAccessKey: session.secret,
      sessionToken: session.token,
      expiration: new Date(session.expires),
    };
  }
}
