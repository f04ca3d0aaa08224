import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { PRESEED_INDEX, PRESEED_INDEX_ATTRIBUTES } from '../../protocol/names.ts';
import { keptTable } from '../platform/kept-table.ts';

/** Servers, their messages and what became of them. Every message is sealed under a data key of its own. */
export class PreseedTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = keptTable(this, {
      partition: 'server',
      sort: 'item',
      // Messages have no kind, so they are not in it.
      index: { name: PRESEED_INDEX, sort: 'server', attributes: PRESEED_INDEX_ATTRIBUTES },
    });
  }
}
