import { names } from '../../protocol/names.ts';
import { ssmClient } from '../aws/clients.ts';
import { Failure, type Advice } from '../failure.ts';
import type { Session } from '../session.ts';
import { createOperator, type Operator } from './client.ts';

/**
 * Finds the stage's operator API by the SSM parameter that the stack wrote, with the SDK's own credentials.
 *
 * @throws Failure `not-found` when the stage is not deployed here.
 */
export async function connectOperator(session: Session): Promise<Operator> {
  const { GetParameterCommand, client } = await ssmClient(session);
  const name = names(session.stage).operatorApiParameter;
  const answer = await client.send(new GetParameterCommand({ Name: name })).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'ParameterNotFound') throw error;
    throw new Failure(
      'not-found',
      `No stage "${session.stage}" is deployed here: SSM has no parameter ${name}.`,
      whereElse(session),
      error,
    );
  });
  const { env } = session.context;
  const override = env['AWS_ENDPOINT_URL_EXECUTE_API'] ?? env['AWS_ENDPOINT_URL'];
  if (override !== undefined && !URL.canParse(override)) {
    throw new Failure('usage', `AWS_ENDPOINT_URL_EXECUTE_API or AWS_ENDPOINT_URL is not a URL: ${override}`);
  }
  return createOperator(
    {
      api: apiUrl(answer.Parameter?.Value, name),
      connectTo: override === undefined ? undefined : new URL(override),
      region: await client.config.region(),
      credentials: client.config.credentials,
    },
    session.context,
  );
}

/** Requests are signed for whatever the parameter names, so it has to be what the stack writes there. */
function apiUrl(value: string | undefined, parameter: string): URL {
  if (value?.startsWith('https://') && URL.canParse(value)) return new URL(value);
  throw new Failure(
    'unexpected',
    `SSM parameter ${parameter} is not an https URL.`,
    'Deploy the stage again.',
  );
}

function whereElse(session: Session): Advice {
  return session.local
    ? (suggest) => `Name the stage that was synthesized with --stage, or start again: ${suggest('local up')}`
    : 'Check --stage, --region and --profile; add --local for the local cloud.';
}
