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

/** Both are undefined when EC2 knows no such thing, or does not know it yet. */
export interface Inventory {
  instance(id: string): Promise<InstanceFacts | undefined>;
  image(id: string): Promise<ImageFacts | undefined>;
}
