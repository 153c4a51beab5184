// A journey cut at every message, in every way: the result is that of the journey without a cut, and nothing is doubled.
import { describe, expect, it } from 'vitest';
import { oneOfEach } from './support/clients.ts';
import { cuts, journey, type JourneyResult } from './support/journey.ts';

describe.each(oneOfEach)('$name', (kind) => {
  let whole: Promise<JourneyResult> | undefined;
  /** The journey without a fault. */
  const unharmed = (): Promise<JourneyResult> => (whole ??= journey(kind, 'two-way'));

  it('ends in step, with every mail once', async () => {
    const { alice, bob, device } = await unharmed();
    expect(device).toEqual(alice);
    expect(bob.get('inbox')).toEqual(['<hello@alice.test> ']);
    expect(alice.get('inbox')).toEqual([
      '<four@sender.test> ',
      '<large-down@sender.test> ',
      '<one@sender.test> read,flagged',
      '<three@sender.test> ',
    ]);
    expect(alice.get('drafts')).toEqual(['<large-up@sender.test> read']);
    expect(alice.get('sent')).toEqual(['<hello@alice.test> read']);
    expect(alice.get('trash')).toEqual(['<two@sender.test> ']);
  });

  it.each(cuts)(
    'ends the same whichever message it happens at: %s',
    async (cut) => {
      const { messages, ...expected } = await unharmed();
      for (let at = 1; at <= messages; at += 1) {
        const { messages: _, ...result } = await journey(kind, 'two-way', { kind: cut, at });
        expect(result, `at message ${at} of ${messages}`).toEqual(expected);
      }
    },
    120_000,
  );

  it.each(['lost, unanswered, doubled', 'device dies after'] as const)(
    'ends the same whichever message of a slow sync it happens at: %s',
    async (cut) => {
      const { messages: first, ...expected } = await unharmed();
      const { messages, ...slow } = await journey(kind, 'slow');
      expect(slow).toEqual(expected);
      // The messages of the first sync have had their turn.
      for (let at = 3; at <= messages; at += 1) {
        const { messages: _, ...result } = await journey(kind, 'slow', { kind: cut, at });
        expect(result, `at message ${at} of ${messages}, without it ${first}`).toEqual(expected);
      }
    },
    120_000,
  );
});
