import type { ReleasePolicy } from '../../protocol/release-policy.ts';
import type { Section, TextRule } from '../platform/config-section.ts';

/** The keyserver, as it is written in cdk.json. */
export interface KeyserverSettings {
  /**
   * Days that audit and access logs are kept; one of the retentions that CloudWatch Logs knows.
   * @default 365
   */
  readonly logRetentionDays?: number;
  /**
   * Requests that the private API takes from all instances of the stage together.
   * @default - 50 a second, in bursts of 100
   */
  readonly throttling?: ThrottlingSettings;
  /**
   * Concurrent executions that are set aside for the Lambda.
   * @default - none: a new account has few to set aside
   */
  readonly reservedConcurrency?: number;
  /**
   * Decision on a request that is not plainly in order.
   * @default - instances enrol by themselves; a custodian decides on everything else
   */
  readonly policy?: Partial<ReleasePolicy>;
  /**
   * ARNs of roles that may decrypt recovery passphrases, besides the custodian's.
   * @default - none
   */
  readonly custodians?: readonly string[];
  /**
   * SNS topic for alarms.
   * @default - they only change colour
   */
  readonly alarmTopicArn?: string;
}

export interface ThrottlingSettings {
  /**
   * Requests a second.
   * @default 50
   */
  readonly rate?: number;
  /**
   * Requests at once.
   * @default 100
   */
  readonly burst?: number;
}

export interface KeyserverConfig {
  /** Days that audit and access logs are kept. Default 365. */
  readonly logRetentionDays: number;
  /** Of the private API, over all instances of the stage: requests a second (default 50) and burst (default 100). */
  readonly throttling: { readonly rate: number; readonly burst: number };
  /** Default: none, since a new account has few concurrent executions to set aside. */
  readonly reservedConcurrency?: number | undefined;
  readonly policy: ReleasePolicy;
  /** Roles that may decrypt recovery passphrases. Default: nobody, until somebody is named. */
  readonly custodians: readonly string[];
  /** SNS topic for alarms. Default: they only change colour. */
  readonly alarmTopicArn?: string | undefined;
}

/** Retentions that CloudWatch Logs knows, in days. */
const RETENTION_DAYS = [
  30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
const ROLE_ARN: TextRule = {
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  what: 'the ARN of an IAM role',
};
const TOPIC_ARN: TextRule = {
  pattern: /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?$/,
  what: 'the ARN of an SNS topic',
};

export function readKeyserver(section: Section): KeyserverConfig {
  const throttling = section.section('throttling');
  const config: KeyserverConfig = {
    logRetentionDays: section.choice('logRetentionDays', RETENTION_DAYS, 365),
    throttling: {
      rate: throttling.integer('rate', { min: 1, max: 10_000 }, 50),
      burst: throttling.integer('burst', { min: 1, max: 5000 }, 100),
    },
    reservedConcurrency: section.optionalInteger('reservedConcurrency', { min: 1, max: 1000 }),
    policy: readPolicy(section.section('policy')),
    custodians: section.texts('custodians', ROLE_ARN),
    alarmTopicArn: section.optionalText('alarmTopicArn', TOPIC_ARN),
  };
  throttling.end();
  section.end();
  return config;
}

function readPolicy(section: Section): ReleasePolicy {
  const policy: ReleasePolicy = {
    enrolment: section.choice('enrolment', ['allow', 'approve'], 'allow'),
    moved: section.choice('moved', ['approve', 'refuse'], 'approve'),
    ticket: section.choice('ticket', ['approve', 'refuse'], 'approve'),
  };
  section.end();
  return policy;
}
