import type { Resources } from '../engine/contracts/resources.ts';
import type { Recipe } from './recipe.ts';

interface Alias {
  readonly DNSName?: unknown;
}

/**
 * Of the names that an image connects to, those that a VPC's resolver would find the keyserver's endpoint by: its own,
 * and names whose record in a hosted zone of the templates is an alias of that.
 * @throws Error when there is none: an instance on AWS would look for the keyserver in vain
 */
export function namesOfEndpoint(resources: Resources, recipe: Recipe): string[] {
  const own = resources
    .ofType('AWS::EC2::VPCEndpoint')
    .filter(({ properties }) => String(properties['ServiceName']).endsWith('.execute-api'))
    .flatMap((endpoint) => endpoint.attribute('DnsEntries') as string[])
    .map((entry) => entry.split(':')[1]);
  const aliases = resources
    .ofType('AWS::Route53::RecordSet')
    .filter(({ properties }) =>
      own.includes(String((properties['AliasTarget'] as Alias | undefined)?.DNSName)),
    )
    .map(({ properties }) => String(properties['Name']).replace(/\.$/, ''));
  const names = recipe.endpointAddresses.filter((name) => own.includes(name) || aliases.includes(name));
  if (names.length === 0) {
    throw new Error(`no name of the keyserver's endpoint resolves: ${recipe.endpointAddresses.join(' ')}`);
  }
  return names;
}
