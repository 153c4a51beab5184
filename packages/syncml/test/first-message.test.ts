import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataBytes, decodeMessage, encodeMessage } from '../src/index.ts';
import type { Encoding, Message, Version } from '../src/index.ts';

const folder = join(import.meta.dirname, '../../../test/fixtures/first-message');

const recordings = (['basic', 'md5'] as const).flatMap((auth) =>
  (['xml', 'wbxml'] as const).flatMap((encoding) => (['1.0', '1.1', '1.2'] as const).map((version) => ({ auth, encoding, version }))),
);

function read(auth: string, encoding: Encoding, version: Version): Message {
  const name = `${auth}-wbxml${encoding === 'xml' ? 0 : 1}-v${version}`;
  return decodeMessage(readFileSync(join(folder, name, `01-req.${encoding}`)), encoding);
}

describe('the first message of SyncEvolution', () => {
  it.each(recordings)('parses: $auth, $encoding, $version', ({ auth, encoding, version }) => {
    const { header, commands, final } = read(auth, encoding, version);
    expect(header).toMatchObject({
      version,
      msgId: '1',
      target: { locUri: 'http://127.0.0.1:20301/syncml' },
      source: { locUri: 'sc-test-0001', locName: 'alice' },
      cred: { meta: { type: `syncml:auth-${auth}` } },
      meta: version === '1.0' ? { maxMsgSize: 150_000 } : { maxMsgSize: 150_000, maxObjSize: 4_000_000 },
    });
    expect(header.unknownVersion).toBeUndefined();
    // The 1.0 digest is the only one that comes raw: 16 bytes OPAQUE and no Format.
    const raw = auth === 'md5' && encoding === 'wbxml' && version === '1.0';
    expect(header.cred?.meta?.format).toBe(raw ? undefined : 'b64');
    expect(dataBytes(header.cred?.data)?.length).toBe(raw ? 16 : auth === 'md5' ? 24 : 20);
    expect(header.cred?.data.kind).toBe(raw ? 'bytes' : 'text');
    expect(final).toBe(true);
    const uri = `./devinf${version.replace('.', '')}`;
    const type = `application/vnd.syncml-devinf+${encoding}`;
    expect(commands).toMatchObject([
      { name: 'Put', cmdId: '1', meta: { type }, items: [{ source: { locUri: uri }, data: { kind: 'devInf' } }] },
      { name: 'Get', cmdId: '2', meta: { type }, items: [{ target: { locUri: uri } }] },
      {
        name: 'Alert',
        cmdId: '3',
        data: '201',
        items: [
          { target: { locUri: 'note' }, source: { locUri: './notes' }, meta: { anchor: { next: expect.stringMatching(/^2026.*Z$/) } } },
        ],
      },
    ]);
  });

  it.each(recordings)('holds the device information: $auth, $encoding, $version', ({ auth, encoding, version }) => {
    const [put] = read(auth, encoding, version).commands;
    const data = put?.name === 'Put' ? put.items[0]?.data : undefined;
    const newer = version === '1.0' ? {} : { utc: true, supportNumberOfChanges: true, supportLargeObjs: true };
    expect(data?.kind === 'devInf' && data.devInf).toEqual({
      version,
      man: 'Patrick Ohly',
      mod: 'SyncEvolution',
      oem: 'Synthesis AG',
      fwV: '2.0.0',
      swV: '3.4.0.47',
      hwV: 'unknown',
      devId: 'sc-test-0001',
      devTyp: 'workstation',
      ...newer,
      dataStores: [
        {
          sourceRef: './notes',
          displayName: 'notes',
          maxGuidSize: 64,
          rxPref: { ctType: 'text/plain', verCt: '1.0' },
          rx: [{ ctType: 'text/plain', verCt: '1.1' }],
          txPref: { ctType: 'text/plain', verCt: '1.0' },
          tx: [{ ctType: 'text/plain', verCt: '1.1' }],
          ctCaps: [],
          syncCap: [1, 2, 3, 4, 5, 6, 7, 390_001],
          filterRx: [],
          filterCaps: [],
        },
      ],
      ctCaps: [],
      ext: [],
    });
  });

  it.each(recordings)(
    'says the same in both encodings once it is written by us: $auth, $encoding, $version',
    ({ auth, encoding, version }) => {
      const message = read(auth, encoding, version);
      expect(decodeMessage(encodeMessage(message, encoding), encoding)).toEqual(message);
      const other = encoding === 'xml' ? 'wbxml' : 'xml';
      if (message.header.cred?.data.kind === 'bytes') {
        expect(() => encodeMessage(message, other)).toThrow(expect.objectContaining({ code: 'ERR_XML_BINARY' }));
        return;
      }
      const crossed = decodeMessage(encodeMessage(message, other), other);
      expect(decodeMessage(encodeMessage(crossed, encoding), encoding)).toEqual(message);
    },
  );
});
