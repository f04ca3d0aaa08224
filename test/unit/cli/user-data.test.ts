import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { markUserData } from '../../../cli/instances/user-data.ts';
import { SERVER_A } from './fake-servers.ts';

const LINE = `# sealroot-server: ${SERVER_A}\n`;
const marked = (own?: string): string => {
  const result = markUserData(own === undefined ? undefined : Buffer.from(own, 'latin1'), SERVER_A);
  if ('problem' in result) throw new Error(result.problem);
  return result.content.toString('latin1');
};

describe('when there is no user data of one’s own', () => {
  it('is a cloud-config that configures nothing', () => {
    expect(marked()).toBe(`#cloud-config\n${LINE}{}\n`);
    expect(marked('')).toBe(marked());
  });
});

describe('when there is', () => {
  it.each([
    ['a cloud-config', '#cloud-config\n', 'packages: [nginx]\n'],
    ['a cloud-config of one line without an end', '#cloud-config', ''],
    ['a template of a cloud-config', '## template: jinja\n#cloud-config\n', 'hostname: {{ v1.region }}\n'],
    ['a script', '#!/bin/sh\n', 'echo "# not this one"\n'],
    ['a script with bytes that are no text', '#!/bin/sh\n', 'exit\n\xff\xfe\x00\x01'],
    [
      'a MIME multipart',
      'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n',
      '--B\nContent-Type: text/cloud-config\n\n#cloud-config\n--B--\n',
    ],
    [
      'one with the line ends of RFC 822',
      'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n',
      '--B--\r\n',
    ],
  ])('puts a comment where %s may have one, and changes nothing else', (_, head, rest) => {
    expect(marked(head + rest)).toBe(`${head}${head.endsWith('\n') ? '' : '\n'}${LINE}${rest}`);
  });

  it.each([
    ['gzip', gzipSync('#cloud-config\n').toString('latin1'), 'gzip'],
    ['something that cloud-init does not execute', 'hello\n', 'none of'],
    ['a boothook, whose interpreter is on its second line', '#cloud-boothook\n#!/bin/sh\n', 'none of'],
    ['a word that only begins like a cloud-config', '#cloud-config-archive\n- {}\n', 'none of'],
    ['a multipart without an end of its headers', 'MIME-Version: 1.0\n', 'none of'],
    ['a SERVER_ID already', `#cloud-config\n# sealroot-server: ${SERVER_A}\n`, 'already'],
  ])('refuses %s', (_, own, why) => {
    const result = markUserData(Buffer.from(own, 'latin1'), SERVER_A);
    expect('problem' in result && result.problem).toContain(why);
  });
});
