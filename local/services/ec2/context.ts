import type { Authorizer } from '../../engine/contracts/policy.ts';
import type { AccountRegion, Resources } from '../../engine/contracts/resources.ts';
import type {
  InstanceMetadata,
  Parameters,
  PrivateApis,
  VolumeKeys,
} from '../../engine/contracts/services.ts';

/** The rest of the local cloud, as far as EC2 needs it. */
export interface Ec2Context extends AccountRegion {
  /** Absolute path of the state directory; exists, mode 0700. */
  readonly state: string;
  readonly resources: Resources;
  readonly authorizer: Pick<Authorizer, 'allows'>;
  readonly parameters: Parameters;
  readonly metadata: InstanceMetadata;
  readonly apis: PrivateApis;
  readonly volumeKeys: VolumeKeys;
  /** One line for the log of the local cloud. */
  log(line: string): void;
}
