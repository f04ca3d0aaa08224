import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '../../../protocol/errors.ts';
import { INSTANCE_API, OPERATOR_API } from '../../../protocol/operations/apis.ts';
import type { Operation, Operations } from '../../../protocol/operations/operation.ts';
import { table } from '../../support/markdown-table.ts';
import { isUpdating } from '../../support/updating.ts';

const PAGE = 'docs/reference/api.md';
const all = Object.entries<Operation>({ ...INSTANCE_API, ...OPERATOR_API });

describe('the operations', () => {
  it.each(all)('%s names each parameter of its path, and no other', (_, { path, parameters = {} }) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(inPath).toEqual(Object.keys(parameters));
  });

  it.each(all)('%s has a body exactly if it is a POST, and callers', (_, { method, request, callers }) => {
    expect(request !== undefined).toBe(method === 'POST');
    expect(callers.length).toBeGreaterThan(0);
  });

  it('have routes and audit actions of their own', () => {
    for (const told of [
      ({ method, path }: Operation) => `${method} ${path}`,
      ({ audit }: Operation) => audit,
    ]) {
      expect(new Set(all.map(([, operation]) => told(operation))).size).toBe(all.length);
    }
  });

  it('that list have the member with the items, and `next` in both directions', () => {
    const lists = all.filter(([, { items }]) => items !== undefined);
    expect(lists.map(([name]) => name)).toEqual(['listVolumes', 'listRequests', 'listServers']);
    for (const [, { items = '', answer, query = {} }] of lists) {
      expect(answer.members[items]?.shape.kind).toBe('list');
      expect(answer.members['next']).toBeDefined();
      expect(Object.keys(query)).toEqual(['next']);
    }
  });
});

describe(PAGE, () => {
  const rows = (operations: Operations): string[][] =>
    Object.entries(operations).map(([name, { method, path, summary, callers, audit, failures }]) => [
      `\`${name}\``,
      `\`${method} ${path}\``,
      summary,
      callers.join(', '),
      `\`${audit}\``,
      failures.map((code) => `${code} (${ERRORS[code].status})`).join(', '),
    ]);
  const titles = [
    'operation',
    'route',
    'what it does',
    'callers',
    '`action` in the audit log',
    'can fail with',
  ];

  it('has the operations as they are defined; jest -u writes it anew', () => {
    const computed = {
      instances: table(titles, rows(INSTANCE_API)),
      operators: table(titles, rows(OPERATOR_API)),
    };
    const page = readFileSync(PAGE, 'utf8');
    const fresh = Object.entries(computed).reduce(
      (text, [name, lines]) =>
        text.replace(
          new RegExp(`(<!-- computed: ${name} -->\n\n).*?(\n?<!-- end -->)`, 's'),
          (_, before: string) => `${before}${lines}\n\n<!-- end -->`,
        ),
      page,
    );
    for (const lines of Object.values(computed)) expect(fresh).toContain(lines);
    if (isUpdating()) writeFileSync(PAGE, fresh);
    else expect(page).toBe(fresh);
  });
});
