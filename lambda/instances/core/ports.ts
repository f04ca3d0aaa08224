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
