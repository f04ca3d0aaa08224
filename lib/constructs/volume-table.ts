import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { TABLE_INDEX, TABLE_INDEX_ATTRIBUTES } from '../../protocol/names.ts';

/**
 * Volumes, claims and requests. Encrypted with DynamoDB's own key: what is secret in it is sealed by KMS already,
 * or is a hash.
 */
export class VolumeTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: TABLE_INDEX,
      partitionKey: { name: 'kind', type: AttributeType.STRING },
      sortKey: { name: 'pk', type: AttributeType.STRING },
      // No attribute that a release writes is in it, so that an unlock costs no second write.
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...TABLE_INDEX_ATTRIBUTES],
    });
  }

  get indexArn(): string {
    return `${this.table.tableArn}/index/${TABLE_INDEX}`;
  }
}
