import type { Resource, Resources } from '../../engine/contracts/resources.ts';
import { StateFile } from '../../engine/state.ts';
import type { RestApi } from './model.ts';

/** Part of an API that a deployment copies. */
type Copy = Pick<RestApi, 'methods' | 'responses' | 'vpcEndpointIds'> & {
  readonly policy?: RestApi['policy'];
};

/**
 * Gives each API as its stages serve it: with the policy, methods, responses and endpoints that it had when their
 * deployment was new. Whatever has changed since, a value of another stack in the policy included, waits for another deployment.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html
 * @throws Error for an API without a stage, or one whose stages have more than one deployment.
 */
export function asDeployed(
  apis: readonly RestApi[],
  resources: Resources,
  state: string,
): readonly RestApi[] {
  const file = new StateFile<Record<string, Copy>>(state, 'api-deployments.json', {});
  const earlier = file.read();
  const deployed = apis.map((api) => {
    const deployment = deploymentOf(api, resources.ofType('AWS::ApiGateway::Stage'));
    return { api, deployment, copy: earlier[deployment] ?? copyOf(api) };
  });
  file.write(Object.fromEntries(deployed.map(({ deployment, copy }) => [deployment, copy])));
  return deployed.map(({ api, copy }) => ({ ...api, ...copy, policy: copy.policy }));
}

const copyOf = ({ policy, methods, responses, vpcEndpointIds }: RestApi): Copy => ({
  ...{ policy, methods, responses, vpcEndpointIds },
});

/** Id of the deployment that the stages of an API serve. */
function deploymentOf({ id, name }: RestApi, stages: readonly Resource[]): string {
  const served = stages
    .filter(({ properties }) => properties['RestApiId'] === id)
    .map(({ properties }) => properties['DeploymentId']);
  const [deployment, ...others] = new Set(served);
  if (typeof deployment !== 'string' || others.length > 0)
    throw new Error(`API ${name}: the local gateway serves stages of one deployment`);
  return deployment;
}
