import type { Action } from './action.ts';
import { describeImages, describeLaunchTemplates, describeVolumes } from './describe-images.ts';
import {
  describeInstanceAttribute,
  describeInstances,
  describeInstanceStatus,
} from './describe-instances.ts';
import { describeInstanceTypeOfferings, describeInstanceTypes } from './describe-types.ts';
import { createKeyPair, deleteKeyPair, describeKeyPairs, importKeyPair } from './key-pairs.ts';
import {
  getConsoleOutput,
  rebootInstances,
  startInstances,
  stopInstances,
  terminateInstances,
} from './lifecycle.ts';
import { runInstances } from './run-instances.ts';
import { createTags, deleteTags } from './tags.ts';

/** The actions of the EC2 API that the local cloud answers. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  CreateKeyPair: createKeyPair,
  CreateTags: createTags,
  DeleteKeyPair: deleteKeyPair,
  DeleteTags: deleteTags,
  DescribeImages: describeImages,
  DescribeInstanceAttribute: describeInstanceAttribute,
  DescribeInstanceStatus: describeInstanceStatus,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstances: describeInstances,
  DescribeKeyPairs: describeKeyPairs,
  DescribeLaunchTemplates: describeLaunchTemplates,
  DescribeVolumes: describeVolumes,
  GetConsoleOutput: getConsoleOutput,
  ImportKeyPair: importKeyPair,
  RebootInstances: rebootInstances,
  RunInstances: runInstances,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  TerminateInstances: terminateInstances,
};
