/** What services get from their surroundings; adapters beside this file implement it. */

/** What the encryption context of a sealed key says; it is in CloudTrail in clear. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** Seconds since the epoch. */
export type Clock = () => number;

/** Cryptographically secure. */
export interface Random {
  bytes(length: number): Buffer;
  uuid(): string;
}

/** One line of the audit log. Identifiers and decisions only: nothing secret can be put in here. */
export interface AuditRecord {
  readonly request: string;
  readonly action: string;
  readonly decision: string;
  readonly reason?: string | undefined;
  readonly instance?: string | undefined;
  readonly volume?: string | undefined;
  readonly luks?: string | undefined;
  readonly address?: string | undefined;
  readonly vpce?: string | undefined;
  readonly boot?: string | undefined;
  readonly role?: string | undefined;
  /** Id of the request that waits for approval. */
  readonly pending?: string | undefined;
  readonly by?: string | undefined;
  readonly field?: string | undefined;
  /** Preseeding: which server, and which of its messages. */
  readonly server?: string | undefined;
  readonly seq?: number | undefined;
  /** How many messages were handed out. */
  readonly count?: number | undefined;
  /** Somebody is asking for what is not theirs, or has changed what is stored: a metric filter counts these. */
  readonly alarm?: true | undefined;
}

export type Audit = (record: AuditRecord) => void;

/** The KMS key that the images pin. Answers r||s, 64 bytes. */
export type KmsSigner = (signingInput: Buffer) => Promise<Buffer>;

/** What EC2 says about an instance, as far as a decision goes by it. */
export interface InstanceFacts {
  readonly state: string;
  readonly vpc: string;
  readonly address: string;
  readonly image: string;
  readonly profile: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ImageFacts {
  readonly owner: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Inventory {
  instance(id: string): Promise<InstanceFacts | undefined>;
  image(id: string): Promise<ImageFacts | undefined>;
}
