import { AwsError } from '../../../engine/contracts/errors.ts';
import { requireKeyAccess } from '../access.ts';
import { aliasesOf, isSymmetric, keyMetadata, publicKeyOf } from '../description.ts';
import { usable, type Operation } from './operation.ts';

export const describeKey: Operation = ({ keys, authorizer }, input, principal) => {
  const key = keys.find(input['KeyId']);
  requireKeyAccess(authorizer, principal, 'DescribeKey', key);
  return { KeyMetadata: keyMetadata(key) };
};

export const getPublicKey: Operation = (kms, input, principal) => {
  const key = usable(kms, input['KeyId'], 'GetPublicKey');
  requireKeyAccess(kms.authorizer, principal, 'GetPublicKey', key);
  if (isSymmetric(key)) {
    throw new AwsError('UnsupportedOperationException', `${key.arn} is not an asymmetric key`);
  }
  return publicKeyOf(key);
};

export const listAliases: Operation = ({ keys, authorizer }, input, principal) => {
  authorizer.require(principal, 'kms:ListAliases', '*');
  const found = input['KeyId'] === undefined ? keys.all() : [keys.find(input['KeyId'])];
  return { Aliases: found.flatMap(aliasesOf), Truncated: false };
};
