// What a device can do, read from its DevInf: only what the session decides by. OMA-TS-DS_DevInf 1.2.
import { contentTypes, mediaType, type DevInf, type DevInfDataStore, type Filter, type Version } from '@packetboat/syncml';
import { profileExt } from '../profile.ts';
import type { Shape } from '../server/port.ts';

/** The device as a whole. */
export interface DeviceCapability {
  /** It announces our profile. */
  readonly profile: boolean;
  readonly headers: 'all' | 'needed';
  /** How much of a mail it wants when no Filter says it. */
  readonly mails: 'headers' | 'full';
  readonly largeObjects: boolean;
  readonly numberOfChanges: boolean;
  /** It follows a resume that is declined with 509 by a normal sync, as libsynthesis does; others know only 508. */
  readonly takesCannotResume: boolean;
}

/** What a device that has not said anything is taken for: the least. */
export const unknownDevice: DeviceCapability = {
  profile: false,
  headers: 'all',
  mails: 'full',
  largeObjects: false,
  numberOfChanges: false,
  takesCannotResume: false,
};

export function deviceCapability(devInf: DevInf | undefined): DeviceCapability {
  if (devInf === undefined) return unknownDevice;
  const ext = (name: string): readonly string[] | undefined => devInf.ext.find((e) => e.xNam === name)?.xVal;
  const profile = ext(profileExt.profile) !== undefined;
  return {
    profile,
    headers: profile && ext(profileExt.headers)?.[0] !== 'all' ? 'needed' : 'all',
    mails: profile && ext(profileExt.mails)?.[0] === 'headers' ? 'headers' : 'full',
    largeObjects: devInf.supportLargeObjs === true,
    numberOfChanges: devInf.supportNumberOfChanges === true,
    takesCannotResume: devInf.oem === 'Synthesis AG',
  };
}

/** One datastore of the device. */
export interface DatastoreCapability {
  readonly hierarchical: boolean;
  /** The type that mails go to it in. */
  readonly contentType: string;
  /** It takes an email object that holds flags alone, without losing the mail. */
  readonly fieldLevel: boolean;
  /** It takes the Move command. */
  readonly move: boolean;
}

const plainTypes: ReadonlySet<string> = new Set([contentTypes.rfc822, 'text/message', 'message/x-rfc822']);

/** The datastore that the device alerts as `clientUri`; by its content types when it names it otherwise in DevInf. */
export function datastoreCapability(devInf: DevInf | undefined, clientUri: string, version: Version): DatastoreCapability {
  const store = devInf?.dataStores.find((s) => sameUri(s.sourceRef, clientUri)) ?? devInf?.dataStores.find(takesMail);
  if (devInf === undefined || store === undefined) {
    return { hierarchical: false, contentType: contentTypes.email, fieldLevel: false, move: false };
  }
  const types = typesOf(store);
  const hierarchical = store.supportHierarchicalSync === true || types.includes(contentTypes.folder);
  const email = types.includes(contentTypes.email);
  const plain = types.find((type) => plainTypes.has(type));
  const cap = [...store.ctCaps, ...devInf.ctCaps].find((c) => mediaType(c.ctType) === contentTypes.email);
  return {
    hierarchical,
    contentType: email || plain === undefined ? contentTypes.email : plain,
    fieldLevel: cap?.fieldLevel === true,
    move: hierarchical && version === '1.2',
  };
}

function typesOf(store: DevInfDataStore): readonly string[] {
  return [store.rxPref, ...store.rx, store.txPref, ...store.tx].flatMap((t) => (t === undefined ? [] : [mediaType(t.ctType)]));
}

function takesMail(store: DevInfDataStore): boolean {
  return typesOf(store).some((type) => type === contentTypes.email || plainTypes.has(type));
}

function sameUri(a: string, b: string): boolean {
  return a.replace(/^\.?\//, '') === b.replace(/^\.?\//, '');
}

/** How much of a mail a Filter's Field asks for (DS Protocol 1.2, field-level filter). Without a Field: what the device wants anyway. */
export function wantedShape(filter: Filter | undefined, device: DeviceCapability): Shape {
  const email = filter?.field?.find((property) => property.propName.toLowerCase() === 'emailitem');
  if (filter?.field === undefined || filter.field.length === 0) return device.mails;
  if (email === undefined) return 'none';
  return email.propParam === undefined || email.propParam.length === 0 ? 'headers' : 'full';
}
