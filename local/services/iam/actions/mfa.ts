import type { QueryParameters } from '../../../engine/query-parameters.ts';
import { constraint, type Element } from '../../../engine/query-protocol.ts';
import type { MfaDevice } from '../store/mfa-devices.ts';
import { authorize, deviceOf, userName, type Iam, type IamAction } from './action.ts';
import { describeUser } from './users.ts';

/** The seed is in the answer to its creation, and never after. There is no QR code: nobody here scans one. */
export const createVirtualMfaDevice: IamAction = (iam, request) => {
  const name = request.input.require('VirtualMFADeviceName');
  authorize(iam, request, `mfa/${name}`);
  const { seed } = iam.mfa.create(name);
  return {
    VirtualMFADevice: {
      SerialNumber: iam.mfa.serial(name),
      // A blob, which the Query protocol writes in base 64: the text in base 32 is what is encoded.
      Base32StringSeed: Buffer.from(seed).toString('base64'),
    },
  };
};

export const deleteVirtualMfaDevice: IamAction = (iam, request) => {
  const serial = request.input.require('SerialNumber');
  authorize(iam, request, deviceOf(serial));
  iam.mfa.delete(serial);
  return undefined;
};

export const enableMfaDevice: IamAction = (iam, request) => {
  const name = request.input.require('UserName');
  const serial = request.input.require('SerialNumber');
  authorize(iam, request, `user/${name}`);
  const user = iam.users.get(name);
  iam.mfa.enable(user.name, serial, codes(request.input));
  return undefined;
};

export const resyncMfaDevice: IamAction = (iam, request) => {
  const name = request.input.require('UserName');
  const serial = request.input.require('SerialNumber');
  authorize(iam, request, `user/${name}`);
  iam.mfa.resync(iam.users.get(name).name, serial, codes(request.input));
  return undefined;
};

export const deactivateMfaDevice: IamAction = (iam, request) => {
  const name = userName(request);
  const serial = request.input.require('SerialNumber');
  authorize(iam, request, `user/${name}`);
  iam.mfa.deactivate(iam.users.get(name).name, serial);
  return undefined;
};

export const listMfaDevices: IamAction = (iam, request) => {
  const name = userName(request);
  authorize(iam, request, `user/${name}`);
  const devices = iam.mfa.ofUser(iam.users.get(name).name).map((device) => ({
    UserName: name,
    SerialNumber: iam.mfa.serial(device.name),
    EnableDate: device.enabled,
  }));
  return { MFADevices: devices, IsTruncated: false };
};

export const listVirtualMfaDevices: IamAction = (iam, request) => {
  authorize(iam, request, '*');
  const status = request.input.get('AssignmentStatus') ?? 'Any';
  const wanted = iam.mfa
    .all()
    .filter(({ user }) => status === 'Any' || (status === 'Assigned') === (user !== undefined));
  return { VirtualMFADevices: wanted.map((device) => describe(iam, device)), IsTruncated: false };
};

function describe(iam: Iam, { name, user, enabled }: MfaDevice): Element {
  const owner = user === undefined ? undefined : iam.users.find(user);
  return {
    SerialNumber: iam.mfa.serial(name),
    EnableDate: enabled,
    User: owner && describeUser(iam, owner),
  };
}

function codes(input: QueryParameters): readonly [string, string] {
  const [first, second] = ['AuthenticationCode1', 'AuthenticationCode2'].map((name) => {
    const code = input.require(name);
    if (!/^\d{6}$/.test(code)) {
      throw constraint(code, name, 'Member must satisfy regular expression pattern: [\\d]+');
    }
    return code;
  });
  return [first ?? '', second ?? ''];
}
