import { createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  firstTicket,
  hashTicket,
  judgeTicket,
  nextTicket,
  startAt,
} from '../../../../../lambda/domain/volumes/tickets.ts';

const random = { bytes: (length: number) => randomBytes(length), uuid: () => '' };

describe('tickets', () => {
  it('are derived as SPEC section 8 says', () => {
    const key = Buffer.alloc(64, 1);
    const luks = '00000000-0000-4000-8000-000000000000';
    const text = `sealroot/v1/ticket\n${luks}\nenrolment`;
    expect(firstTicket(key, luks, 'enrolment')).toEqual(createHmac('sha256', key).update(text).digest());
    const salt = Buffer.alloc(32, 2);
    const ticket = Buffer.alloc(32, 3);
    const expected = createHmac('sha256', salt).update(ticket).digest();
    expect(nextTicket(salt.toString('base64url'), ticket)).toEqual(expected);
    expect(hashTicket(ticket)).toBe(createHash('sha256').update(ticket).digest('base64url'));
  });

  it('are current, next, stale for eight changes, and unknown after', () => {
    let ticket: Buffer = Buffer.alloc(32, 9);
    const first = ticket;
    let chain = startAt(ticket, {}, random);
    const seen: string[] = [];
    for (let change = 1; change <= 10; change += 1) {
      expect(judgeTicket(chain, ticket).kind).toBe('current');
      ticket = nextTicket(chain.salt, ticket);
      expect(judgeTicket(chain, ticket).kind).toBe('next');
      chain = startAt(ticket, chain, random);
      const judgement = judgeTicket(chain, first);
      seen.push(judgement.kind === 'doubt' ? judgement.reason : judgement.kind);
    }
    expect(seen).toEqual([...Array<string>(8).fill('stale-ticket'), 'unknown-ticket', 'unknown-ticket']);
  });

  it('are missed where there is none, and unknown where none was ever given out', () => {
    expect(judgeTicket({}, undefined)).toEqual({ kind: 'doubt', reason: 'no-ticket' });
    expect(judgeTicket({}, Buffer.alloc(32))).toEqual({ kind: 'doubt', reason: 'unknown-ticket' });
  });
});
