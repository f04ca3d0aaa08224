import { integer, matching, objects, parseObject } from './fields.ts';
import type { HookResult, HostKey, Report } from './preseed.ts';

const HOOK = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;
const KEY_TYPE = /^[a-z0-9@.-]{1,64}$/;
/** As ssh-keygen -l prints it. */
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;
const MAX_HOOKS = 200;
const MAX_HOST_KEYS = 16;

/** @throws MalformedError naming the first wrong member. What it passes is shown on operators' terminals. */
export function parseReport(body: string): Report {
  const m = parseObject(body);
  return {
    status: matching(m, 'status', /^(configuring|finished)$/) as Report['status'],
    hooks: objects(m, 'hooks', 0, MAX_HOOKS, parseHook),
    hostKeys: objects(m, 'hostKeys', 0, MAX_HOST_KEYS, parseHostKey),
  };
}

function parseHook(m: Record<string, unknown>): HookResult {
  return {
    stage: matching(m, 'stage', /^(firstboot|everyboot)$/) as HookResult['stage'],
    name: matching(m, 'name', HOOK),
    status: integer(m, 'status', 0, 255),
  };
}

function parseHostKey(m: Record<string, unknown>): HostKey {
  return { type: matching(m, 'type', KEY_TYPE), fingerprint: matching(m, 'fingerprint', FINGERPRINT) };
}
