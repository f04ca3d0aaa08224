import type { ImageFinding } from '../../instances/pins.ts';
import type { Failure } from '../../failure.ts';
import { ok, problem, warning, type Check } from '../finding.ts';
import type { StageFacts } from '../stage/facts.ts';

interface Ports {
  readonly stage: string;
  readonly facts: Pick<StageFacts, 'stacks'>;
  readonly launchImage: () => Promise<ImageFinding>;
  readonly imageFailure: (finding: ImageFinding) => Failure | undefined;
}

export const imageCheck: Check<Ports> = {
  name: 'image',
  about: 'the image that is launched',
  needs: ['ssm:GetParameter', 'ec2:DescribeImages'],
  look: async ({ facts, launchImage, imageFailure }) => {
    const deployed = (await facts.stacks()).has('Image');
    const finding = await launchImage();
    // The parameter outlives the stacks: a stage that is deployed again finds the image of the last one.
    if (!deployed && (finding.kind === 'not-deployed' || finding.kind === 'not-built')) return [];
    if (finding.kind === 'current') return [ok(`${finding.image} is bound to what is deployed.`)];
    const failure = imageFailure(finding);
    const advice = failure?.advice ?? 'Build a new one.';
    return [
      finding.kind === 'not-built'
        ? warning(failure?.message ?? '', advice)
        : problem(failure?.message ?? '', advice),
    ];
  },
};
