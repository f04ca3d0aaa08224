import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { PRESEED_INDEX, PRESEED_INDEX_ATTRIBUTES } from '../../protocol/names.ts';

/**
 * Servers, their messages and what became of them. Encrypted with DynamoDB's own key: every message in it is sealed
 * under a data key of its own already.
 */
export class PreseedTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'server', type: AttributeType.STRING },
      sortKey: { name: 'item', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: PRESEED_INDEX,
      // Messages have no kind, so they are not in it.
      partitionKey: { name: 'kind', type: AttributeType.STRING },
      sortKey: { name: 'server', type: AttributeType.STRING },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...PRESEED_INDEX_ATTRIBUTES],
    });
  }

  get indexArn(): string {
    return `${this.table.tableArn}/index/${PRESEED_INDEX}`;
  }
}
