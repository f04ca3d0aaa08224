import { names } from '../../../protocol/names.ts';
import {
  cloudFormationClient,
  imageBuilderClient,
  serviceQuotasClient,
  ssmClient,
} from '../../aws/clients.ts';
import type { Session } from '../../session.ts';
import type { Template } from '../stage/template.ts';
import type { Account, Build } from './account.ts';

type FromServices = Pick<Account, 'parameter' | 'stack' | 'template' | 'builds' | 'quota'>;

/** Answers of CloudFormation, Image Builder, Systems Manager and Service Quotas. */
export function serviceAnswers(
  session: Session,
  { account, partition, region }: { account: string; partition: string; region: string },
): FromServices {
  const stackName = (id: string): string => names(session.stage).stack(id);
  return {
    parameter: async (name) => {
      const { client, GetParameterCommand } = await ssmClient(session);
      return unless(/^ParameterNotFound$/, async () => {
        return (await client.send(new GetParameterCommand({ Name: name }))).Parameter?.Value;
      });
    },

    stack: async (id) => {
      const { client, sdk } = await cloudFormationClient(session);
      return unless(NO_STACK, async () => {
        const { Stacks = [] } = await client.send(
          new sdk.DescribeStacksCommand({ StackName: stackName(id) }),
        );
        const [stack] = Stacks;
        return (
          stack && {
            status: stack.StackStatus ?? '',
            reason: stack.StackStatusReason,
            deployed: (stack.LastUpdatedTime ?? stack.CreationTime)?.toISOString(),
          }
        );
      });
    },

    template: async (id) => {
      const { client, sdk } = await cloudFormationClient(session);
      return unless(NO_STACK, async () => {
        const command = new sdk.GetTemplateCommand({ StackName: stackName(id), TemplateStage: 'Original' });
        const { TemplateBody } = await client.send(command);
        return TemplateBody === undefined ? undefined : (JSON.parse(TemplateBody) as Template);
      });
    },

    builds: async () => {
      const { client, sdk } = await imageBuilderClient(session);
      const pipeline = names(session.stage).imagePipeline;
      const imagePipelineArn = `arn:${partition}:imagebuilder:${region}:${account}:image-pipeline/${pipeline}`;
      return unless(/^ResourceNotFoundException$/, async () => {
        const builds: Build[] = [];
        let nextToken: string | undefined;
        do {
          const answer = await client.send(
            new sdk.ListImagePipelineImagesCommand({ imagePipelineArn, nextToken }),
          );
          for (const { arn = '', state, dateCreated } of answer.imageSummaryList ?? [])
            builds.push({ arn, status: state?.status ?? '', reason: state?.reason, created: dateCreated });
          nextToken = answer.nextToken;
        } while (nextToken !== undefined);
        return builds.toSorted((a, b) => (b.created ?? '').localeCompare(a.created ?? ''));
      });
    },

    quota: async (service, code) => {
      const { client, sdk } = await serviceQuotasClient(session);
      return unless(/^NoSuchResourceException$/, async () => {
        const command = new sdk.GetServiceQuotaCommand({ ServiceCode: service, QuotaCode: code });
        return (await client.send(command)).Quota?.Value;
      });
    },
  };
}

/** CloudFormation has no error of its own for it. */
const NO_STACK = /^ValidationError: .*does not exist/;

/** Turns an error that says that there is no such thing into undefined; `name` and `name: message` are matched. */
async function unless<T>(nothing: RegExp, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (nothing.test(error.name) || nothing.test(`${error.name}: ${error.message}`)) return undefined;
    throw error;
  }
}
