import { describe, expect, it } from '@jest/globals';
import { apiError, json } from './fake-operator.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const LUKS_A = '0b54aaaa-1111-4222-8333-444444444444';
const LUKS_B = '0b54bbbb-1111-4222-8333-444444444444';
const REQUEST_A = '7f3aaaaa00000000';
const REQUEST_B = '7f3abbbb00000000';

describe('keys list', () => {
  it('shows what waits for a decision first, then the volumes, and what to do next', async () => {
    world().operator.volume(LUKS_A);
    world().operator.request(REQUEST_A, { instance: 'i-00000000000000009' });
    const { exit, stdout, stderr } = await world().run(['keys', 'list']);
    expect(exit).toBe(0);
    expect(stdout.indexOf(REQUEST_A)).toBeLessThan(stdout.indexOf('0b54aaaa'));
    expect(stdout).toMatch(
      /7f3aaaaa00000000 {2}waiting {2}stale-ticket {2}i-00000000000000009 {2}root .* 10m ago {2}in 50m/,
    );
    expect(stderr).toContain('sealroot keys approve 7f3aaaaa');
  });

  it('leaves out what has been decided or destroyed, unless asked', async () => {
    world().operator.volume(LUKS_A, { state: 'destroyed' });
    world().operator.request(REQUEST_A, { decision: 'denied' });
    const brief = await world().run(['keys', 'list', '--json']);
    expect(JSON.parse(brief.stdout)).toEqual({ requests: [], volumes: [] });
    const all = await world().run(['keys', 'list', '--all', '--json']);
    expect(JSON.parse(all.stdout)).toEqual({
      requests: world().operator.requests,
      volumes: world().operator.volumes,
    });
  });

  it('reads every page', async () => {
    world().operator.page = 1;
    for (const luks of [LUKS_A, LUKS_B]) world().operator.volume(luks);
    const { stdout } = await world().run(['keys', 'list', '--json']);
    expect(JSON.parse(stdout).volumes).toHaveLength(2);
  });

  it('shortens UUIDs only as far as they differ', async () => {
    world().operator.volume('0b54aaaa-1111-4222-8333-444444444444');
    world().operator.volume('0b54aaaa-2222-4222-8333-444444444444');
    const { stdout } = await world().run(['keys', 'list']);
    expect(stdout).toContain('0b54aaaa-1 ');
    expect(stdout).toContain('0b54aaaa-2 ');
  });

  it('fits the terminal without cutting an id', async () => {
    world().operator.volume(LUKS_A, {
      reason: 'a very long story about what happened to this volume, '.repeat(4),
    });
    const { stdout } = await world().run(['keys', 'list'], { columns: 110 });
    const lines = stdout.trimEnd().split('\n');
    expect(
      Math.max(...lines.map((line) => Buffer.from(line, 'latin1').toString('utf8').length)),
    ).toBeLessThanOrEqual(110);
    expect(stdout).toContain('i-00000000000000001');
  });

  it('lets no control characters through to the terminal', async () => {
    world().operator.volume(LUKS_A, { state: 'revoked', reason: 'gone\u001b[2J\u001b[1;1Hall is well' });
    const { stdout } = await world().run(['keys', 'list']);
    expect(stdout).toContain('all is well');
    expect(stdout).not.toContain('\u001b');
  });

  it('says so when there is nothing, and how to change that', async () => {
    const { exit, stdout } = await world().run(['--stage', 'dev', 'keys', 'list']);
    expect(exit).toBe(0);
    expect(stdout).toContain('sealroot --stage dev launch');
  });
});

describe('keys show', () => {
  it('explains a request to who has to decide on it', async () => {
    world().operator.volume(LUKS_A);
    world().operator.request(REQUEST_A, { luks: LUKS_A });
    const { exit, stdout } = await world().run(['keys', 'show', '7f3a']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/Why it waits +stale-ticket: the disk is an older copy/);
    expect(stdout).toContain(LUKS_A);
  });

  it('says of a request that its image is gone: before, in the list, and after', async () => {
    world().operator.request(REQUEST_A, { reason: 'enrolment', imageGone: true });
    const shown = await world().run(['keys', 'show', '7f3a']);
    expect(shown.stdout).toMatch(/Image +ami-00000000000000001, which EC2 no longer knows: nothing vouches/);
    const listed = await world().run(['keys', 'list']);
    expect(listed.stdout).toContain('enrolment, image gone');
    const approved = await world().run(['keys', 'approve', '7f3a']);
    expect(approved.stdout).toMatch(/Its image is ami-00000000000000001, which EC2 no longer knows/);
  });

  it('shows all that an instance has', async () => {
    world().operator.volume(LUKS_A);
    world().operator.volume(LUKS_B, { volume: 'data-db' });
    world().operator.volume('11111111-1111-4222-8333-444444444444', { instance: 'i-00000000000000002' });
    const { stdout } = await world().run(['keys', 'show', 'i-00000000000000001', '--json']);
    expect(JSON.parse(stdout).volumes.map((v: { luks: string }) => v.luks)).toEqual([LUKS_A, LUKS_B]);
  });

  it('does not guess between two volumes', async () => {
    world().operator.volume(LUKS_A);
    world().operator.volume(LUKS_B);
    const { exit, stdout, stderr } = await world().run(['keys', 'show', '0b54']);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(LUKS_A);
    expect(stderr).toContain(LUKS_B);
  });

  it.each(['0b5', 'no-id', '0b54*'])('refuses %s, which is no id', async (id) => {
    expect((await world().run(['keys', 'show', id])).exit).toBe(2);
  });

  it('ends with 3 when there is no such thing', async () => {
    const { exit, stderr } = await world().run(['keys', 'show', 'abcd']);
    expect(exit).toBe(3);
    expect(stderr).toContain('sealroot keys list');
  });
});

describe('keys approve and deny', () => {
  it('approves the one request with this prefix, and passes the reason on', async () => {
    world().operator.request(REQUEST_A);
    world().operator.request('ffff000000000000');
    const { exit, stdout } = await world().run(['keys', 'approve', '7F3A', '--reason', 'ticket 42']);
    expect(exit).toBe(0);
    expect(stdout).toBe(`Approved ${REQUEST_A}: root of i-00000000000000001 (stale-ticket).\n`);
    expect(world().operator.calls.at(-1)).toBe(
      `POST /api/v1/requests/${REQUEST_A}/approve {"reason":"ticket 42"}`,
    );
  });

  it('denies', async () => {
    world().operator.request(REQUEST_A);
    const { exit, stdout } = await world().run(['keys', 'deny', REQUEST_A, '--json']);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: REQUEST_A, decision: 'denied' });
  });

  it('decides nothing when the prefix means two requests', async () => {
    world().operator.request(REQUEST_A);
    world().operator.request(REQUEST_B);
    const { exit, stderr } = await world().run(['keys', 'approve', '7f3a']);
    expect(exit).toBe(2);
    expect(stderr).toContain(REQUEST_B);
    expect(world().operator.calls.filter((call) => call.startsWith('POST'))).toEqual([]);
  });

  it('takes the one that waits when others with the prefix have been decided', async () => {
    world().operator.request(REQUEST_A, { decision: 'denied' });
    world().operator.request(REQUEST_B);
    expect((await world().run(['keys', 'approve', '7f3a'])).stdout).toContain(REQUEST_B);
  });

  it('reads what is named in full directly, because lists lag behind', async () => {
    world().operator.request(REQUEST_A);
    expect((await world().run(['keys', 'approve', REQUEST_A])).exit).toBe(0);
    expect(world().operator.calls.map((call) => call.split(' ')[1])).toEqual([
      `/api/v1/requests/${REQUEST_A}`,
      `/api/v1/requests/${REQUEST_A}/approve`,
    ]);
    expect((await world().run(['keys', 'approve', REQUEST_B])).exit).toBe(3);
  });

  it('says who was faster', async () => {
    world().operator.request(REQUEST_A, { decision: 'denied', by: 'arn:aws:iam::000000000000:user/bob' });
    const { exit, stderr } = await world().run(['keys', 'approve', '7f3a']);
    expect(exit).toBe(5);
    expect(stderr).toContain('already been denied by arn:aws:iam::000000000000:user/bob');
  });

  const bad = ['', ' ', 'x'.repeat(257), 'a\u0007b', 'a\nb', 'a\u2028b', '\ud800'];
  it.each(bad)('refuses %j as a reason, which the API would not take', async (reason) => {
    expect((await world().run(['keys', 'approve', '7f3a', '--reason', reason])).exit).toBe(2);
    expect(world().operator.calls).toEqual([]);
  });
});

describe('keys revoke and restore', () => {
  it('asks first', async () => {
    world().operator.volume(LUKS_A);
    const { exit } = await world().run(['keys', 'revoke', '0b54'], { answer: 'y' });
    expect(exit).toBe(0);
    expect(world().asked[0]).toContain(LUKS_A);
    expect(world().operator.calls.at(-1)).toBe(`POST /api/v1/volumes/${LUKS_A}/revoke {}`);
  });

  it.each(['', 'n', 'maybe'])('changes nothing when the answer is "%s"', async (answer) => {
    world().operator.volume(LUKS_A);
    const { exit } = await world().run(['keys', 'revoke', '0b54'], { answer });
    expect(exit).toBe(130);
    expect(world().operator.calls.filter((call) => call.startsWith('POST'))).toEqual([]);
  });

  it('refuses when nobody is there to be asked, unless --yes is given', async () => {
    world().operator.volume(LUKS_A);
    const refused = await world().run(['keys', 'revoke', '0b54']);
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toContain('--yes');
    expect((await world().run(['keys', 'revoke', '0b54', '--yes'])).exit).toBe(0);
    expect(world().operator.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });

  it('restores by instance id, when that has one volume', async () => {
    world().operator.volume(LUKS_A, { state: 'revoked' });
    const { exit, stdout } = await world().run(['keys', 'restore', 'i-00000000000000001']);
    expect(exit).toBe(0);
    expect(stdout).toContain(`Restored root of i-00000000000000001 (${LUKS_A})`);
    world().operator.volume(LUKS_B, { volume: 'data-db' });
    expect((await world().run(['keys', 'restore', 'i-00000000000000001'])).exit).toBe(2);
  });
});

describe('when the operator API does not do as asked', () => {
  it.each([
    ['refused', 4],
    ['not-found', 3],
    ['conflict', 5],
    ['malformed', 2],
  ] as const)('ends with the exit code of %s', async (code, expected) => {
    world().operator.request(REQUEST_A);
    world().operator.next.push(
      json({ requests: world().operator.requests }),
      apiError(code, {}, 'the story'),
    );
    const { exit, stderr, stdout } = await world().run(['keys', 'approve', '7f3a']);
    expect({ exit, stdout }).toEqual({ exit: expected, stdout: '' });
    expect(stderr).toContain('the story (request req-1)');
  });

  it('passes on what API Gateway says about permissions', async () => {
    const denied = json({ Message: 'User: ann is not authorized to perform: execute-api:Invoke' }, 403);
    world().operator.next.push(denied, denied);
    const { exit, stderr } = await world().run(['keys', 'list']);
    expect(exit).toBe(4);
    expect(stderr).toContain('User: ann is not authorized');
  });

  it('waits as long as it is told when it is throttled, then goes on', async () => {
    world().operator.request(REQUEST_A);
    world().operator.next.push(
      json({ requests: world().operator.requests }),
      apiError('throttled', { 'retry-after': '7' }),
    );
    expect((await world().run(['keys', 'approve', '7f3a'])).exit).toBe(0);
    expect(world().slept).toEqual([7000]);
  });

  it('gives up after four attempts', async () => {
    world().operator.request(REQUEST_A);
    world().operator.next.push(
      json({ requests: [] }),
      ...Array.from({ length: 9 }, () => apiError('throttled')),
    );
    const { exit } = await world().run(['keys', 'list']);
    expect(exit).toBe(7);
    expect(world().slept.length).toBeGreaterThanOrEqual(3);
  });

  it('does not sit out a wait that is long', async () => {
    const busy = apiError('unavailable', { 'retry-after': '3600' });
    world().operator.next.push(busy, busy);
    expect((await world().run(['keys', 'list'])).exit).toBe(7);
    expect(world().slept).toEqual([]);
  });

  it('repeats a decision after 503, because that can be repeated', async () => {
    world().operator.request(REQUEST_A);
    world().operator.next.push(
      json({ requests: world().operator.requests }),
      apiError('unavailable', { 'retry-after': '0' }),
    );
    expect((await world().run(['keys', 'approve', '7f3a'])).exit).toBe(0);
    expect(world().operator.calls.filter((call) => call.startsWith('POST'))).toHaveLength(2);
  });

  it('reads again after 503', async () => {
    world().operator.volume(LUKS_A);
    world().operator.next.push(apiError('unavailable', { 'retry-after': '1' }));
    const { exit, stdout } = await world().run(['keys', 'list', '--json']);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout).volumes).toHaveLength(1);
  });

  it.each([
    [{ volumes: [{ luks: LUKS_A }] }, 'volumes.0.instance'],
    [{ volumes: {} }, 'volumes'],
    ['<html>', 'body'],
  ])('does not print an answer that is not the protocol', async (body, field) => {
    world().operator.next.push(json(body), json(body));
    const { exit, stdout, stderr } = await world().run(['keys', 'list']);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    if (typeof body !== 'string') expect(stderr).toMatch(new RegExp(`\\((${field}|requests)\\)`));
  });

  it('says what to check when the stage is not deployed', async () => {
    const { exit, stderr } = await world().run(['--stage', 'prod', 'keys', 'list']);
    expect(exit).toBe(3);
    expect(stderr).toContain('No stage "prod" is deployed here');
  });

  it('signs for nothing but an https URL', async () => {
    world().parameters['/sealroot/dev/operator-api'] = 'http://evil.example/api';
    expect((await world().run(['keys', 'list'])).exit).toBe(1);
    expect(world().operator.calls).toEqual([]);
  });

  it('names the credentials when they are wrong', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
    const { exit } = await world().run(['instances']);
    expect(exit).not.toBe(0);
    delete process.env['AWS_ACCESS_KEY_ID'];
    const none = await world().run(['keys', 'list']);
    expect(none.exit).toBe(4);
    expect(none.stderr).toContain('--profile');
  });

  it('ends with 7 when nothing answers', async () => {
    process.env['AWS_ENDPOINT_URL_EXECUTE_API'] = 'http://127.0.0.1:9';
    const { exit, stderr } = await world().run(['keys', 'list']);
    expect(exit).toBe(7);
    expect(stderr).toContain('cannot be reached');
  });
});
