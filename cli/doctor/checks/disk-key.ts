import { plain } from '../../terminal/text.ts';
import type { Account } from '../aws/account.ts';
import { ok, problem, type Check, type Finding } from '../finding.ts';
import type { StageFacts } from '../stage/facts.ts';

interface Ports {
  readonly account: Pick<Account, 'defaultDiskKey'>;
  readonly facts: Pick<StageFacts, 'plan'>;
}

const AWS_MANAGED = /(^|\/)alias\/aws\/ebs$|^alias\/aws\/ebs$|:alias\/aws\/ebs$/;

/**
 * EC2 encrypts under the account's default key whatever has no key named, in the name of who launches. Everybody may
 * use AWS's own; a key of the customer's has to be in the policies of the roles, and gets there by being configured.
 */
export const diskKeyCheck: Check<Ports> = {
  name: 'disk-key',
  about: 'the key that EC2 encrypts disks under',
  needs: ['ec2:GetEbsDefaultKmsKeyId'],
  look: async ({ account, facts }) => {
    const plan = await facts.plan();
    if (plan === undefined) return [];
    const { imageKey, fleetKey } = plan;
    if (imageKey !== undefined) return [ok(configured(imageKey, fleetKey))];
    const key = await account.defaultDiskKey();
    if (AWS_MANAGED.test(key))
      return [
        ok(
          fleetKey === undefined
            ? "The account's default is AWS's own key, which everybody may use."
            : configured('the default', fleetKey),
        ),
      ];
    return [customerManaged(key, fleetKey)];
  },
};

const configured = (image: string, fleet: string | undefined): string =>
  `Configured: ${image} for images, ${fleet ?? 'the same'} for instances.`;

function customerManaged(key: string, fleetKey: string | undefined): Finding {
  const settings = fleetKey === undefined ? 'image.kmsKeyArn and fleet.kmsKeyArn' : 'image.kmsKeyArn';
  return problem(
    `The account's default is a key of your own, ${plain(key)}, and none is configured for ${fleetKey === undefined ? 'images and instances' : 'images'}: the roles may not use it, so builds fail, and launches end with Client.InternalError.`,
    `Name its ARN (not an alias) in ${settings}, and have its key policy let this account's IAM policies decide.`,
  );
}
