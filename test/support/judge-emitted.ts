// Runs beside every test file: each WBXML message that a server of ours answered with over fetch, or that our client sent on a line of
// `world.ts`, is read by libwbxml too when the file is through, and must hold no tag that it does not know.
import { afterAll, expect } from 'vitest';
import { wbxml2xml, wbxmlToolsPeer } from '../peers/wbxml-tools.ts';
import { gatherEmitted, noteEmitted } from './emitted.ts';

const emitted = gatherEmitted();

const plainFetch = globalThis.fetch;
globalThis.fetch = async (...request) => {
  const response = await plainFetch(...request);
  const isOurs = response.status === 200 && response.headers.get('content-type')?.startsWith('application/vnd.syncml+wbxml') === true;
  if (isOurs) noteEmitted(new Uint8Array(await response.clone().arrayBuffer()));
  return response;
};

afterAll(async () => {
  // In `.ci/run` a missing peer is a failure of its own.
  if (emitted.size === 0 || wbxmlToolsPeer.available() !== undefined) return;
  for (const bytes of emitted.values()) {
    const xml = await wbxml2xml(bytes);
    // Code page 2 (the Property list of a Filter) is the exception: libwbxml has none for SyncML.
    expect(xml.replaceAll(/<Field\b.*?<\/Field>/gs, '')).not.toMatch(/<\/?(?:\w+:)?unknown/i);
    expect(xml).toMatch(/<\/SyncML>\s*$/);
  }
}, 120_000);
