import { iamUniqueId } from '../../../engine/assembly/physical-ids.ts';
import { AwsError } from '../../../engine/contracts/errors.ts';
import { StateFile } from '../../../engine/state.ts';
import { newSecret } from './secret.ts';

/** The user that the local cloud makes for the person who runs it. */
export const LOCAL_OPERATOR = 'local-operator';
export const ADMINISTRATOR_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess';

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly created: string;
}

export interface User {
  readonly name: string;
  /** `AIDA...` */
  readonly id: string;
  readonly created: string;
  readonly keys: readonly AccessKey[];
  /** ARNs of managed policies. */
  readonly policies: readonly string[];
  readonly groups: readonly string[];
}

export interface Group {
  readonly name: string;
  readonly id: string;
  readonly created: string;
}

interface Stored {
  readonly users: Readonly<Record<string, User>>;
  readonly groups: Readonly<Record<string, Group>>;
}

const MAXIMUM_KEYS = 2;
const MAXIMUM_POLICIES = 10;
const MAXIMUM_GROUPS = 10;

/** The account's IAM users and groups, in `users.json`. */
export class LocalUsers {
  private readonly file: StateFile<Stored>;
  private stored: Stored;

  constructor(state: string) {
    this.file = new StateFile<Stored>(state, 'users.json', { users: {}, groups: {} });
    this.stored = this.file.read();
    if (this.find(LOCAL_OPERATOR) === undefined) {
      this.create(LOCAL_OPERATOR);
      this.attach(LOCAL_OPERATOR, ADMINISTRATOR_ACCESS);
    }
    if (this.get(LOCAL_OPERATOR).keys.length === 0) this.createKey(LOCAL_OPERATOR);
  }

  find(name: string): User | undefined {
    return Object.hasOwn(this.stored.users, name) ? this.stored.users[name] : undefined;
  }

  /** @throws AwsError `NoSuchEntity` */
  get(name: string): User {
    const user = this.find(name);
    if (user === undefined) throw noSuchEntity(`The user with name ${name} cannot be found.`);
    return user;
  }

  /** Finds the owner of an access key. */
  byAccessKey(id: string): { user: User; secret: string } | undefined {
    for (const user of Object.values(this.stored.users)) {
      const key = user.keys.find((each) => each.id === id);
      if (key !== undefined) return { user, secret: key.secret };
    }
    return undefined;
  }

  /** @throws AwsError `EntityAlreadyExists`, `ValidationError` */
  create(name: string): User {
    requireName(name);
    // IAM keeps names that differ only in case apart from no other.
    if (Object.keys(this.stored.users).some((known) => known.toLowerCase() === name.toLowerCase())) {
      throw new AwsError('EntityAlreadyExists', `User with name ${name} already exists.`, 409);
    }
    const created = new Date().toISOString();
    return this.put({ name, id: iamUniqueId('AIDA'), created, keys: [], policies: [], groups: [] });
  }

  /** @throws AwsError `LimitExceeded` */
  createKey(name: string): AccessKey {
    const user = this.get(name);
    if (user.keys.length >= MAXIMUM_KEYS) {
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${String(MAXIMUM_KEYS)}`);
    }
    const key = { id: iamUniqueId('AKIA'), secret: newSecret(), created: new Date().toISOString() };
    this.put({ ...user, keys: [...user.keys, key] });
    return key;
  }

  /** @throws AwsError `NoSuchEntity` */
  deleteKey(name: string, id: string): void {
    const user = this.get(name);
    const keys = user.keys.filter((key) => key.id !== id);
    if (keys.length === user.keys.length) {
      throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
    }
    this.put({ ...user, keys });
  }

  /** Attaches a managed policy; once more changes nothing. */
  attach(name: string, policyArn: string): void {
    const user = this.get(name);
    if (user.policies.includes(policyArn)) return;
    if (user.policies.length >= MAXIMUM_POLICIES) {
      throw limitExceeded(`Cannot exceed quota for PoliciesPerUser: ${String(MAXIMUM_POLICIES)}`);
    }
    this.put({ ...user, policies: [...user.policies, policyArn] });
  }

  /** @throws AwsError `NoSuchEntity` when it is not attached */
  detach(name: string, policyArn: string): void {
    const user = this.get(name);
    if (!user.policies.includes(policyArn)) {
      throw noSuchEntity(`Policy ${policyArn} was not found.`);
    }
    this.put({ ...user, policies: user.policies.filter((each) => each !== policyArn) });
  }

  /** @throws AwsError `NoSuchEntity` */
  getGroup(name: string): Group {
    const group = Object.hasOwn(this.stored.groups, name) ? this.stored.groups[name] : undefined;
    if (group === undefined) throw noSuchEntity(`The group with name ${name} cannot be found.`);
    return group;
  }

  /** @throws AwsError `EntityAlreadyExists`, `ValidationError` */
  createGroup(name: string): Group {
    requireName(name);
    if (Object.keys(this.stored.groups).some((known) => known.toLowerCase() === name.toLowerCase())) {
      throw new AwsError('EntityAlreadyExists', `Group with name ${name} already exists.`, 409);
    }
    const group = { name, id: iamUniqueId('AGPA'), created: new Date().toISOString() };
    this.write({ ...this.stored, groups: { ...this.stored.groups, [name]: group } });
    return group;
  }

  /** Puts a user into a group; once more changes nothing. @throws AwsError `NoSuchEntity`, `LimitExceeded` */
  addToGroup(name: string, group: string): void {
    this.getGroup(group);
    const user = this.get(name);
    if (user.groups.includes(group)) return;
    if (user.groups.length >= MAXIMUM_GROUPS) {
      throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${String(MAXIMUM_GROUPS)}`);
    }
    this.put({ ...user, groups: [...user.groups, group] });
  }

  /** @throws AwsError `NoSuchEntity` */
  removeFromGroup(name: string, group: string): void {
    this.getGroup(group);
    const user = this.get(name);
    this.put({ ...user, groups: user.groups.filter((each) => each !== group) });
  }

  private put(user: User): User {
    this.write({ ...this.stored, users: { ...this.stored.users, [user.name]: user } });
    return user;
  }

  private write(stored: Stored): void {
    this.file.write(stored);
    this.stored = stored;
  }
}

export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, 404);
}

export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', message, 409);
}

function requireName(name: string): void {
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) {
    throw new AwsError(
      'ValidationError',
      'The specified value for a name is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    );
  }
}
