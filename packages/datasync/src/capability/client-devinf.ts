// The DevInf that our client announces. OMA-TS-DS_DevInf 1.2.
import { contentTypes, type DevInf } from '@packetboat/syncml';
import type { ClientEnv } from '../client/env.ts';
import { profileExt } from '../profile.ts';
import { emailCtCap } from './server-devinf.ts';

/** What the client calls its own mail datastore. */
export const clientDatastore = './mail';

export function clientDevInf(env: ClientEnv): DevInf {
  const email = { ctType: contentTypes.email, verCt: '1.2' };
  const folder = { ctType: contentTypes.folder, verCt: '1.2' };
  const later = env.version === '1.2';
  return {
    version: env.version,
    man: env.identity.man,
    mod: env.identity.mod,
    fwV: '-',
    swV: env.identity.swV,
    hwV: '-',
    devId: env.deviceId,
    devTyp: 'workstation',
    utc: true,
    supportLargeObjs: true,
    supportNumberOfChanges: true,
    dataStores: [
      {
        sourceRef: clientDatastore,
        displayName: 'Mail',
        maxGuidSize: 64,
        rxPref: email,
        rx: [folder],
        txPref: email,
        tx: [folder],
        ctCaps: later ? [emailCtCap(true), { ...folder, properties: [{ propName: 'name' }, { propName: 'role' }] }] : [],
        supportHierarchicalSync: later,
        syncCap: [1, 2, 3, 5, 6],
        filterRx: [],
        filterCaps: [],
      },
    ],
    ctCaps: later ? [] : [emailCtCap(false)],
    ext:
      env.profile && later
        ? [
            { xNam: profileExt.profile, xVal: [] },
            { xNam: profileExt.headers, xVal: [env.headers] },
            { xNam: profileExt.mails, xVal: [env.wanted] },
          ]
        : [],
  };
}
