import { plain } from '../../terminal/text.ts';
import type { Account } from '../aws/account.ts';
import { notChecked, ok, problem, type Check } from '../finding.ts';
import type { StageFacts } from '../stage/facts.ts';

interface Ports {
  readonly account: Pick<Account, 'parameter' | 'image' | 'instanceTypes' | 'region'>;
  readonly facts: Pick<StageFacts, 'plan'>;
}

const CHOOSE = 'Name another: image.parentImage.';

export const parentImageCheck: Check<Ports> = {
  name: 'parent-image',
  about: 'the image that builds start from',
  needs: ['ssm:GetParameter', 'ec2:DescribeImages', 'ec2:DescribeInstanceTypes'],
  look: async ({ account, facts }) => {
    const plan = await facts.plan();
    if (plan?.parentImage === undefined)
      return plan === undefined ? [] : [notChecked('The templates name none that could be looked up.')];
    const { parentImage, buildTypes } = plan;
    if (parentImage.startsWith('arn:'))
      return [
        notChecked(`${plain(parentImage)} is an image of Image Builder: a build takes its latest version.`),
      ];
    const parameter = /^ssm:(.+)$/.exec(parentImage)?.[1];
    const id = parameter === undefined ? parentImage : await account.parameter(parameter);
    if (id === undefined)
      return [
        problem(`Systems Manager has no parameter ${plain(parameter ?? '')} in ${account.region}.`, CHOOSE),
      ];
    const image = await account.image(id);
    if (image === undefined)
      return [
        problem(`EC2 has no image ${plain(id)} that this account may use in ${account.region}.`, CHOOSE),
      ];
    if (image.state !== 'available') return [problem(`${plain(id)} is ${plain(image.state)}.`, CHOOSE)];
    const types = await account.instanceTypes(buildTypes);
    const unfit = types.filter(({ architectures }) => !architectures.includes(image.architecture));
    if (unfit.length > 0)
      return [
        problem(
          `${plain(id)} is for ${plain(image.architecture)}, which ${unfit.map(({ type }) => type).join(' and ')} is not.`,
          'Have image.architecture, image.parentImage and the instance types agree.',
        ),
      ];
    return [ok(`${plain(image.name)} (${plain(id)}), ${plain(image.architecture)}.`)];
  },
};
