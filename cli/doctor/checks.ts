import { boundCredentialsCheck } from './checks/bound-credentials.ts';
import { lastBuildCheck } from './checks/builds.ts';
import { callerCheck, clockCheck } from './checks/caller.ts';
import { diskKeyCheck } from './checks/disk-key.ts';
import { imageCheck } from './checks/image.ts';
import { kvmCheck, leftoversCheck, portCheck } from './checks/local-cloud.ts';
import { diskSpaceCheck, memoryCheck, nodeCheck, programsCheck } from './checks/machine.ts';
import { parentImageCheck } from './checks/parent-image.ts';
import { configurationCheck, stacksCheck } from './checks/stacks.ts';
import { freePlanCheck, quotasCheck } from './checks/types.ts';
import { endpointZonesCheck, instanceTypesCheck } from './checks/zones.ts';
import type { Check } from './finding.ts';
import type { Machine } from './machine/machine.ts';

type PortsOf<C> = C extends Check<infer P> ? P : never;
type All<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

const AWS = [
  callerCheck,
  clockCheck,
  stacksCheck,
  configurationCheck,
  endpointZonesCheck,
  instanceTypesCheck,
  freePlanCheck,
  quotasCheck,
  diskKeyCheck,
  parentImageCheck,
  lastBuildCheck,
  imageCheck,
  boundCredentialsCheck,
] as const;

/** Ports of all checks of an account together. */
export type AwsPorts = All<PortsOf<(typeof AWS)[number]>>;

/** Checks of an account and region, in the order in which they are read. */
export const AWS_CHECKS: readonly Check<AwsPorts>[] = AWS;

/** Checks of what the command line itself needs of the machine. */
export const CLI_CHECKS: readonly Check<Machine>[] = [nodeCheck];

/** Checks of what the local cloud needs of it. */
export const MACHINE_CHECKS: readonly Check<Machine>[] = [
  nodeCheck,
  programsCheck,
  diskSpaceCheck,
  memoryCheck,
  portCheck,
  leftoversCheck,
  kvmCheck,
];
