// Device information, as our client gives it and takes it.
import { expect } from 'vitest';
import { both, since11, type Rule } from '../support/rule.ts';
import { changes, ending, opening, resultsFor, statusesFor, withScripted } from '../support/scripted.ts';
import { getDevInf, putDevInf } from '../support/words.ts';

export const deviceInformationClient: readonly Rule[] = [
  {
    id: 'DEVINF-40',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'The client Puts its DevInf and Gets that of the server in its first session, and not again while nothing has changed.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(), ending);
        await device.sync();
        expect([heard[0]?.all('Put').length, heard[0]?.all('Get').length]).toEqual([1, 1]);
        const from = heard.length;
        script(opening({ last: 'server-1' }), changes(), ending);
        await device.sync();
        expect([heard[from]?.all('Put').length, heard[from]?.all('Get').length]).toEqual([0, 0]);
      }),
  },
  {
    id: 'DEVINF-41',
    from: ['P', 'Exchange of Device Capabilities'],
    text: "The client answers the server's Get with Results.",
    versions: since11,
    role: 'client',
    encodings: both,
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script((each) => `${opening()(each)}${getDevInf(stage.version)}`, changes(), ending);
        await device.sync();
        const [results] = heard[1]?.all('Results') ?? [];
        expect(results?.meta?.type).toBe(`application/vnd.syncml-devinf+${stage.encoding}`);
        expect(results?.items[0]?.data?.kind).toBe('devInf');
        expect(heard[1]?.codes('Get')).toEqual(['200']);
      }),
  },
  {
    id: 'DEVINF-42',
    from: ['D', 'DevID, DevTyp, VerDTD, DataStore'],
    text: 'The DevInf of the client is of its version, has its DevID, and names its datastore with types, MaxGUIDSize and SyncCap.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(), ending);
        await device.sync();
        const data = heard[0]?.all('Put')[0]?.items[0]?.data;
        const said = data?.kind === 'devInf' ? data.devInf : undefined;
        expect(said).toMatchObject({ version: stage.version, devId: heard[0]?.header.source.locUri, devTyp: 'workstation' });
        expect(said?.dataStores[0]).toMatchObject({ sourceRef: './mail', maxGuidSize: 64, syncCap: [1, 2, 3, 5, 6] });
      }),
  },
  {
    id: 'DEVINF-43',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'A server that Puts its DevInf unasked, or sends none, is taken as well.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const put = putDevInf({ version: stage.version, deviceId: 'scripted' });
        script(
          (each) => `${opening()(each).replace(resultsFor(each), '')}${put}`,
          changes(),
          (each) => statusesFor(each),
        );
        await device.sync();
        expect(heard[1]?.codes('Put')).toEqual(['200']);
      }),
  },
];
