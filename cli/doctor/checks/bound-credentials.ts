import type { Account } from '../aws/account.ts';
import { notChecked, ok, problem, type Check } from '../finding.ts';
import type { StageFacts } from '../stage/facts.ts';

interface Ports {
  readonly account: Pick<Account, 'consoles'>;
  readonly facts: Pick<StageFacts, 'plan' | 'stacks' | 'builds'>;
}

/** Line of image-builder/lib/message.sh, unless it says that the clock is wrong as well. */
const DENIED = /access denied before the keyserver(?!.*the clock here is)/;
/** Last line of boot.sh with the id of a volume, which only the keyserver gives. */
const OPENED = /sealroot: the root is encrypted \([^)]*, volume /;
const LATEST = 5;

/**
 * Tells whether AWS fills the condition keys that the policy of the keyserver's endpoint compares. No API says so, and
 * AWS does not document whether a request that an endpoint policy denies gets into the log of the API. An instance that
 * was denied says it on its console; one that got its key proves the contrary, and the last step of a build launches one.
 */
export const boundCredentialsCheck: Check<Ports> = {
  name: 'bound-credentials',
  about: 'whether AWS says which instance asks',
  needs: ['ec2:DescribeInstances', 'ec2:GetConsoleOutput'],
  look: async ({ account, facts }) => {
    const plan = await facts.plan();
    const stacks = await facts.stacks();
    if (plan === undefined || !stacks.has('Keyserver')) return [];
    if (!plan.bound)
      return [
        ok('Not asked for: network.bindCredentialsToInstance is false. The keyserver compares for itself.'),
      ];
    const consoles = await account.consoles(LATEST);
    const denied = consoles.filter(({ output }) => DENIED.test(lastWord(output)));
    if (denied.length > 0)
      return [
        problem(
          `${denied.map(({ instance }) => instance).join(', ')} was denied before the keyserver. When its clock and role are right, AWS does not fill aws:Ec2InstanceSourceVpc and aws:Ec2InstanceSourcePrivateIPv4 for execute-api here.`,
          'See docs/operate/runbook.md (access denied before the keyserver). If it is this: set network.bindCredentialsToInstance to false and deploy the Network stack.',
        ),
      ];
    // A proof from before may have been under another policy of the endpoint.
    const since = stacks.get('Network')?.deployed;
    const isSince = (time = ''): boolean => since !== undefined && time > since;
    const builds = await facts.builds();
    if (builds?.some(({ status, created }) => status === 'AVAILABLE' && isSince(created)))
      return [ok('An image build ended well, and its last step is an instance that asks the keyserver.')];
    if (consoles.some(({ output, launched }) => OPENED.test(output) && isSince(launched)))
      return [ok('An instance got its key.')];
    return [
      notChecked(
        'No instance was launched and got its key since the Network stack was deployed: the next image build tells.',
      ),
    ];
  },
};

/** Last line of the boot: an instance that was denied once and got its key later is well. */
const lastWord = (output: string): string =>
  output
    .split('\n')
    .filter((line) => line.includes('sealroot:'))
    .at(-1) ?? '';
