import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  type Attribute,
  type ITable,
} from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

export interface KeptTableProps {
  readonly partition: string;
  /** @default - items have one key */
  readonly sort?: string;
  /** By `kind` and one of the keys. Items without a kind are not in it. */
  readonly index: { readonly name: string; readonly sort: string; readonly attributes: readonly string[] };
}

const text = (name: string): Attribute => ({ name, type: AttributeType.STRING });

/**
 * A table whose loss would lose data: restorable to any second, and not deleted with its stack. Encrypted with
 * DynamoDB's own key, since nothing secret is in one of ours that is not sealed or hashed already.
 */
export function keptTable(scope: Construct, { partition, sort, index }: KeptTableProps): Table {
  const table = new Table(scope, 'Table', {
    partitionKey: text(partition),
    ...(sort === undefined ? {} : { sortKey: text(sort) }),
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'ttl',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // It would fail a rollback too: a first creation that fails leaves the table, empty, which costs nothing.
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  table.addGlobalSecondaryIndex({
    indexName: index.name,
    partitionKey: text('kind'),
    sortKey: text(index.sort),
    projectionType: ProjectionType.INCLUDE,
    nonKeyAttributes: [...index.attributes],
  });
  return table;
}

/** ARN of an index of a table. */
export const indexArn = (table: ITable, index: string): string => `${table.tableArn}/index/${index}`;
