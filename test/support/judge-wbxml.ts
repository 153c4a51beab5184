// Lets libwbxml read every WBXML reply of the server: an independent word on whether our documents are well-formed.
import { expect } from 'vitest';
import { wbxml2xml } from '../peers/wbxml-tools.ts';
import type { Exchange } from './record-proxy.ts';

/** Expects that libwbxml decodes each WBXML reply and knows each of its tags. Returns how many there were. */
export async function judgeReplies(exchanges: readonly Exchange[]): Promise<number> {
  const replies = exchanges.filter(({ replyType }) => replyType.startsWith('application/vnd.syncml+wbxml'));
  for (const { reply, request } of replies) {
    const xml = await wbxml2xml(reply).catch((error: unknown) => {
      throw new Error(`libwbxml cannot read ${Buffer.from(reply).toString('hex')}, the reply to ${Buffer.from(request).toString('hex')}`, {
        cause: error,
      });
    });
    expect(xml).toMatch(/<SyncML[\s>][\s\S]*<\/SyncML>\s*$/);
    // What it does not know it names so, and goes on.
    expect(xml).not.toMatch(/<\/?(?:\w+:)?unknown/i);
  }
  return replies.length;
}
