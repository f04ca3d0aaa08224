import { AwsError } from '../../../engine/contracts/errors.ts';
import { QueryParameters } from '../../../engine/query-parameters.ts';

/** Parameters of an EC2 request, refused in EC2's words. */
export const ec2Parameters = (body: string): QueryParameters =>
  QueryParameters.parse(body, {
    missing: (name) => new AwsError('MissingParameter', `The request must contain the parameter ${name}`),
    outOfRange: (name, value) =>
      new AwsError('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid.`),
  });
