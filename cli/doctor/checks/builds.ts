import { names } from '../../../protocol/names.ts';
import { plain } from '../../terminal/text.ts';
import { age } from '../../terminal/text.ts';
import { notChecked, ok, problem, type Check } from '../finding.ts';
import type { StageFacts } from '../stage/facts.ts';

interface Ports {
  readonly stage: string;
  readonly facts: Pick<StageFacts, 'builds' | 'stacks'>;
  readonly now: () => number;
}

const ENDED_BADLY = /^(FAILED|CANCELLED|DELETED|DISABLED|DEPRECATED)$/;

export const lastBuildCheck: Check<Ports> = {
  name: 'last-build',
  about: 'the last image build',
  needs: ['imagebuilder:ListImagePipelineImages'],
  look: async ({ stage, facts, now }) => {
    if (!(await facts.stacks()).has('Image')) return [];
    const builds = await facts.builds();
    if (builds === undefined) return [notChecked(`There is no pipeline ${names(stage).imagePipeline}.`)];
    const [last] = builds;
    if (last === undefined) return [ok('The pipeline has not built anything yet.')];
    const version = plain(last.arn.replace(/^.*:image\//, ''));
    const when = last.created === undefined ? '' : `, ${age(last.created, now())}`;
    const why = last.reason === undefined ? '' : ` Image Builder says: ${plain(last.reason)}`;
    const says = `${version} is ${plain(last.status)}${when}.${why}`;
    if (!ENDED_BADLY.test(last.status)) return [ok(says)];
    const steps = `aws imagebuilder list-workflow-executions --image-build-version-arn ${plain(last.arn)}`;
    const log = `aws logs tail /aws/imagebuilder/${names(stage).imageRecipe} --since 1d`;
    return [problem(says, `See which step failed: ${log}; and ${steps}`)];
  },
};
