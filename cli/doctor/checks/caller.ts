import { plain } from '../../terminal/text.ts';
import type { Account } from '../aws/account.ts';
import { ok, problem, warning, type Check } from '../finding.ts';

/** Error of a clock that SigV4 tolerates (https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html). */
const TOLERANCE_MS = 5 * 60_000;
/** Time after which one-time codes change. */
const NOTICEABLE_MS = 30_000;

export const callerCheck: Check<{ account: Account }> = {
  name: 'caller',
  about: 'who asks',
  needs: ['sts:GetCallerIdentity'],
  look: ({ account: { caller, account, region } }) => [
    ok(`${plain(caller)}, account ${account}, region ${region}.`),
  ],
};

export const clockCheck: Check<{ account: Account }> = {
  name: 'clock',
  about: "this machine's clock",
  needs: ['sts:GetCallerIdentity'],
  look: ({ account: { clockAhead } }) => {
    if (clockAhead === undefined) return [];
    const seconds = Math.round(Math.abs(clockAhead) / 1000);
    const off = `It is ${seconds} s ${clockAhead > 0 ? 'ahead of' : 'behind'} that of AWS.`;
    const advice = 'Set it by NTP: timedatectl set-ntp true';
    if (Math.abs(clockAhead) >= TOLERANCE_MS)
      return [problem(`${off} AWS refuses what is signed by it.`, advice)];
    if (Math.abs(clockAhead) >= NOTICEABLE_MS)
      return [warning(`${off} MFA codes that are made here do not fit.`, advice)];
    return [ok(`It agrees with that of AWS to ${Math.max(seconds, 1)} s.`)];
  },
};
