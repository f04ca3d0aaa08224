import { names, STACKS } from '../../../protocol/names.ts';
import { plain } from '../../terminal/text.ts';
import type { StackState } from '../aws/account.ts';
import { notChecked, ok, problem, warning, type Check, type Finding } from '../finding.ts';
import type { StageFacts } from '../stage/facts.ts';

interface Ports {
  readonly stage: string;
  readonly facts: Pick<StageFacts, 'stacks' | 'source'>;
}

/** States that a deployment can go on from; whatever else is not complete is on its way, or stuck. */
const GOOD = /^(CREATE|UPDATE|IMPORT)_COMPLETE$/;
const ROLLED_BACK = /^(UPDATE|IMPORT)_ROLLBACK_COMPLETE$/;

export const stacksCheck: Check<Ports> = {
  name: 'stacks',
  about: 'what is deployed',
  needs: ['cloudformation:DescribeStacks'],
  look: async ({ stage, facts }) => {
    const stacks = await facts.stacks();
    if (stacks.size === 0) return [ok(`Stage ${stage} is not deployed here.`)];
    const missing = STACKS.filter((id) => !stacks.has(id)).map((id) => names(stage).stack(id));
    const findings = [...stacks].flatMap(([id, state]) => judged(names(stage).stack(id), state) ?? []);
    if (missing.length > 0)
      findings.push(warning(`Not deployed: ${missing.join(', ')}.`, 'Deploy the rest: npx cdk deploy --all'));
    return findings.length > 0
      ? findings
      : [ok(`All ${STACKS.length} stacks of stage ${stage} are complete.`)];
  },
};

function judged(name: string, { status, reason }: StackState): Finding | undefined {
  if (GOOD.test(status)) return undefined;
  const why = reason === undefined ? '' : ` CloudFormation says: ${plain(reason)}`;
  const says = `${name} is ${status}.${why}`;
  const events = `See which resource failed: aws cloudformation describe-stack-events --stack-name ${name}`;
  if (ROLLED_BACK.test(status)) return warning(`${says} It is as it was before its last deployment.`, events);
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED')
    return problem(
      `${says} Its first deployment failed: it has to be deleted before the next.`,
      `${events}; then delete it: npx cdk destroy ${name}`,
    );
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return problem(
      says,
      `${events}; then go on: aws cloudformation continue-update-rollback --stack-name ${name}`,
    );
  if (status.endsWith('_IN_PROGRESS')) return warning(says, 'Look again when it is done.');
  return problem(says, events);
}

export const configurationCheck: Check<Ports> = {
  name: 'configuration',
  about: 'the settings that are looked at',
  needs: ['cloudformation:GetTemplate'],
  look: async ({ stage, facts }) => {
    const source = await facts.source();
    if (source === undefined)
      return [
        notChecked(
          `What stage ${stage} would be is not known here: it is not deployed, and there is no cdk.out with it. So its zones, instance types, disk keys and parent image are not looked at.`,
          'Synthesize it in the clone: npx cdk synth',
        ),
      ];
    return [ok(source === 'deployed' ? 'As deployed.' : `As synthesized in ${plain(source)}.`)];
  },
};
