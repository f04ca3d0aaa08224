import type { Section, TextRule } from '../platform/config-section.ts';

/** Settings of the preseed agent on instances, as they are written in cdk.json. */
export interface PreseedSettings {
  /**
   * Seconds that an instance waits for its messages; 0 is without end.
   * @default 0
   */
  readonly waitLimitSeconds?: number;
  /**
   * Whether only root and `imdsUsers` reach the metadata service once an instance is configured.
   * @default 'on'
   */
  readonly imdsGuard?: 'on' | 'off';
  /**
   * Users of the instance who do, besides root.
   * @default - none
   */
  readonly imdsUsers?: readonly string[];
}

export interface PreseedConfig {
  /** Seconds that an instance waits for its messages; 0 is without end. Default 0. */
  readonly waitLimitSeconds: number;
  /** Whether only root and {@link imdsUsers} reach the metadata service once an instance is configured. Default `on`. */
  readonly imdsGuard: 'on' | 'off';
  /** Users who do, besides root. Default: none. */
  readonly imdsUsers: readonly string[];
}

const USER: TextRule = {
  // User names that useradd takes by default; no character of them means anything to a shell or to nft.
  pattern: /^[a-z_][a-z0-9_-]{0,31}$/,
  what: 'the name of a user',
};
const WEEK_SECONDS = 7 * 24 * 3600;

export function readPreseed(section: Section): PreseedConfig {
  const config: PreseedConfig = {
    waitLimitSeconds: section.integer('waitLimitSeconds', { min: 0, max: WEEK_SECONDS }, 0),
    imdsGuard: section.choice('imdsGuard', ['on', 'off'], 'on'),
    imdsUsers: section.texts('imdsUsers', USER),
  };
  section.end();
  return config;
}
