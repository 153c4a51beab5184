// The DevInf that the server announces: one mail datastore per name the device alerted, sync types 1 to 7, our profile.
import { contentTypes, type CTCap, type DevInf, type DevInfDataStore, type Version } from '@packetboat/syncml';
import { filterKeywords, filterProperties } from '../filter/mail-filter.ts';
import { profileExt } from '../profile.ts';

/** What of it the operator sets. `devId` is also the server id of notifications, so it must stay the same. */
export interface ServerIdentity {
  readonly devId: string;
  readonly man: string;
  readonly mod: string;
  readonly swV: string;
}

const omads = '1.2';

export function emailCtCap(fieldLevel: boolean): CTCap {
  const flags = ['read', 'forwarded', 'replied', 'received', 'created', 'modified', 'deleted', 'flagged'];
  return {
    ctType: contentTypes.email,
    verCt: omads,
    ...(fieldLevel ? { fieldLevel: true } : {}),
    properties: [
      ...flags.map((propName) => ({ propName })),
      { propName: 'emailitem', propParam: [{ paramName: 'texttype' }, { paramName: 'attachtype' }] },
    ],
  };
}

/** What a Record may ask of a mail. */
const filtering: Pick<DevInfDataStore, 'filterRx' | 'filterCaps'> = {
  filterRx: [{ ctType: contentTypes.filterCgi, verCt: '1.0' }],
  filterCaps: [{ ctType: contentTypes.email, verCt: omads, filterKeywords: filterKeywords, propNames: filterProperties }],
};

function mailDatastore(sourceRef: string, version: Version): DevInfDataStore {
  const email = { ctType: contentTypes.email, verCt: omads };
  const folder = { ctType: contentTypes.folder, verCt: omads };
  const plain = { ctType: contentTypes.rfc822, verCt: '1.0' };
  return {
    sourceRef,
    displayName: 'Mail',
    rxPref: email,
    rx: [folder, plain],
    txPref: email,
    tx: [folder, plain],
    // No FieldLevel: libsynthesis refuses the whole message when a server's CTCap has it in XML.
    ctCaps: version === '1.2' ? [emailCtCap(false), { ...folder, properties: [{ propName: 'name' }, { propName: 'role' }] }] : [],
    supportHierarchicalSync: version === '1.2',
    // 4 (refresh from the client) is not offered: it would empty a mailbox.
    syncCap: [1, 2, 3, 5, 6, 7],
    ...(version === '1.2' ? filtering : { filterRx: [], filterCaps: [] }),
  };
}

/**
 * The server's DevInf for a session of `version`. `datastores` are the names exactly as the device alerted them: some phones
 * look for them letter by letter.
 */
export function serverDevInf(identity: ServerIdentity, version: Version, datastores: readonly string[]): DevInf {
  const names = datastores.length === 0 ? ['./mail'] : [...new Set(datastores)];
  return {
    version,
    man: identity.man,
    mod: identity.mod,
    fwV: '-',
    swV: identity.swV,
    hwV: '-',
    devId: identity.devId,
    devTyp: 'server',
    utc: true,
    supportLargeObjs: true,
    supportNumberOfChanges: true,
    dataStores: names.map((name) => mailDatastore(name, version)),
    ctCaps: version === '1.2' ? [] : [emailCtCap(false)],
    ext: [{ xNam: profileExt.profile, xVal: [] }],
  };
}
