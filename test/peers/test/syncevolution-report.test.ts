import { expect, test } from 'vitest';
import { parseStatus } from '../syncevolution-report.ts';

test('reads the counts of both sides from the report of a session', () => {
  const report = parseStatus(`status = 200
start = 1795467941, 2026-11-23 21:05:41 +0000
source-mails-mode = two-way
source-mails-status = 0
source-mails-stat-local-any-sent = 17
source-mails-stat-remote-added-total = 1
source-mails-stat-remote-updated-total = 2
source-mails-stat-local-removed-total = 3
`);
  expect(report).toEqual({
    status: 200,
    error: undefined,
    stores: {
      mails: {
        mode: 'two-way',
        status: 0,
        local: { added: 0, updated: 0, removed: 3, errors: 0 },
        remote: { added: 1, updated: 2, removed: 0, errors: 0 },
      },
    },
  });
});
