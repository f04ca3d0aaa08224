import type { StateReason } from './instances.ts';

/** Reasons of EC2's for the state of an instance (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html). */
export const REASON = {
  user: {
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  },
  guest: {
    code: 'Client.InstanceInitiatedShutdown',
    message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
  },
  /** The caller may not use the key of a volume. */
  keyRefused: { code: 'Client.InternalError', message: 'Client.InternalError: Client error on launch' },
  keyUnusable: {
    code: 'Client.InvalidKMSKey.InvalidState',
    message: 'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
  },
  failure: { code: 'Server.InternalError', message: 'Server.InternalError: the VM could not be started' },
} as const;

/** The last change in the words of DescribeInstances: who wanted it and when, or the code of the failure. */
export function transitionOf(reason: StateReason | undefined): string {
  const time = new Date().toISOString().slice(0, 19).replace('T', ' ');
  switch (reason?.code) {
    case REASON.user.code:
      return `User initiated (${time} GMT)`;
    case REASON.guest.code:
      return `Instance initiated (${time} GMT)`;
    default:
      return reason?.code ?? '';
  }
}
