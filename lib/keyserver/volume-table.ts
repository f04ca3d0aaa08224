import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TABLE_INDEX, TABLE_INDEX_ATTRIBUTES } from '../../protocol/names.ts';
import { keptTable } from '../platform/kept-table.ts';

/** Volumes, claims and requests. What is secret in it is sealed by KMS, or is a hash. */
export class VolumeTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = keptTable(this, {
      partition: 'pk',
      // No attribute that a release writes is in it, so that an unlock costs no second write.
      index: { name: TABLE_INDEX, sort: 'pk', attributes: TABLE_INDEX_ATTRIBUTES },
    });
  }
}
