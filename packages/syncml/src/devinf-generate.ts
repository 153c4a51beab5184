// Writes DevInf 1.0, 1.1 and 1.2 (DS Device Information), children in the order of that version's DTD.
import type { Document, Element } from '@packetboat/wbxml';
import { generateFlatCTCap } from './ctcap-flat.ts';
import { generateProperty } from './property.ts';
import type { CTCap, ContentType, DevInf, DevInfDataStore, FilterCap } from './types.ts';
import { writer } from './write.ts';

const { el, flag, leaf, leaves } = writer('devinf');

/**
 * The document of `devInf.version`. In 1.0 and 1.1 every CTCap, also those of the datastores, goes into the flat form beside
 * them; in 1.2 only those of the datastores are written. What a version does not have is left out.
 */
export function generateDevInf(devInf: DevInf): Document {
  const { version } = devInf;
  const flat = version === '1.2' ? undefined : [...devInf.ctCaps, ...devInf.dataStores.flatMap((store) => store.ctCaps)];
  const root = el(
    'DevInf',
    leaf('VerDTD', version),
    leaf('Man', devInf.man),
    leaf('Mod', devInf.mod),
    leaf('OEM', devInf.oem),
    leaf('FwV', devInf.fwV),
    leaf('SwV', devInf.swV),
    leaf('HwV', devInf.hwV),
    leaf('DevID', devInf.devId),
    leaf('DevTyp', devInf.devTyp),
    version === '1.0' ? undefined : flag('UTC', devInf.utc),
    version === '1.0' ? undefined : flag('SupportLargeObjs', devInf.supportLargeObjs),
    version === '1.0' ? undefined : flag('SupportNumberOfChanges', devInf.supportNumberOfChanges),
    devInf.dataStores.map((store) => generateDataStore(store, version === '1.2')),
    flat && generateFlatCTCap(flat),
    devInf.ext.map((ext) => el('Ext', leaf('XNam', ext.xNam), leaves('XVal', ext.xVal))),
  );
  return { type: `DevInf ${version}`, root };
}

function generateDataStore(store: DevInfDataStore, nested: boolean): Element {
  const { dsMem } = store;
  return el(
    'DataStore',
    leaf('SourceRef', store.sourceRef),
    leaf('DisplayName', store.displayName),
    leaf('MaxGUIDSize', store.maxGuidSize),
    store.rxPref && contentType('Rx-Pref', store.rxPref),
    store.rx.map((type) => contentType('Rx', type)),
    store.txPref && contentType('Tx-Pref', store.txPref),
    store.tx.map((type) => contentType('Tx', type)),
    nested ? store.ctCaps.map(generateCTCap) : undefined,
    dsMem && el('DSMem', flag('SharedMem', dsMem.sharedMem), leaf('MaxMem', dsMem.maxMem), leaf('MaxID', dsMem.maxId)),
    nested ? flag('SupportHierarchicalSync', store.supportHierarchicalSync) : undefined,
    store.syncCap.length > 0 ? el('SyncCap', leaves('SyncType', store.syncCap)) : undefined,
    nested ? store.filterRx.map((type) => contentType('Filter-Rx', type)) : undefined,
    nested ? store.filterCaps.map(generateFilterCap) : undefined,
  );
}

function contentType(name: string, type: ContentType): Element {
  return el(name, leaf('CTType', type.ctType), leaf('VerCT', type.verCt));
}

function generateCTCap(cap: CTCap): Element {
  return el(
    'CTCap',
    leaf('CTType', cap.ctType),
    leaf('VerCT', cap.verCt),
    flag('FieldLevel', cap.fieldLevel),
    cap.properties.map(generateProperty),
  );
}

function generateFilterCap(cap: FilterCap): Element {
  return el(
    'FilterCap',
    leaf('CTType', cap.ctType),
    leaf('VerCT', cap.verCt),
    leaves('FilterKeyword', cap.filterKeywords),
    leaves('PropName', cap.propNames),
  );
}
