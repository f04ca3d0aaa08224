/** Facts about an instance that decisions go by, as EC2 states them. */
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

/** Looks things up in EC2. @returns undefined for a thing that EC2 does not know, not yet or no longer. */
export interface Inventory {
  instance(id: string): Promise<InstanceFacts | undefined>;
  image(id: string): Promise<ImageFacts | undefined>;
}
