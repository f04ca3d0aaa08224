export {
  AttachUserPolicyCommand,
  CreateVirtualMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  DetachUserPolicyCommand,
  EnableMFADeviceCommand,
  GetRoleCommand,
  IAMClient,
  ListMFADevicesCommand,
  paginateListAttachedUserPolicies,
} from '@aws-sdk/client-iam';
