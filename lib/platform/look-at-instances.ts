import { acknowledge } from './acknowledge.ts';
import type { BundledFunction } from './bundled-function.ts';

/** Lets a Lambda ask EC2 what an instance is, before anything is bound to it. */
export function mayLookAtInstances(lambda: BundledFunction): void {
  lambda.allow({
    sid: 'LookAtInstances',
    actions: ['ec2:DescribeInstances', 'ec2:DescribeImages'],
    resources: ['*'],
  });
  acknowledge(
    lambda.role,
    'IAM5[Resource::*]',
    'EC2 knows no narrower resource for DescribeInstances and DescribeImages, with which an instance is checked.',
  );
}
