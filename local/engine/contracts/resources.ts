/** The account and the region that the local cloud is. */
export interface AccountRegion {
  readonly account: string;
  readonly region: string;
}

/** One resource of one template. */
export interface Resource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** Value of `Ref`; the same after every restart. `vpc-...`, `lt-...`, a table's or role's name, a key's id. */
  readonly physicalId: string;
  /** Properties with every intrinsic function resolved; read on first use. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Value of `Fn::GetAtt`. @throws Error when the local cloud does not know the attribute. */
  attribute(name: string): unknown;
}

export interface Resources {
  all(): readonly Resource[];
  ofType(type: string): readonly Resource[];
  byPhysicalId(physicalId: string): Resource | undefined;
  byLogicalId(logicalId: string, stack?: string): Resource | undefined;
}
