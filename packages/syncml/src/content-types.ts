// The names of media types and SyncML types, each written once, and the choice of encoding by media type.
import type { Encoding, Version } from './types.ts';

/** Media types and `syncml:` types as they stand in Content-Type headers and in Meta Type. */
export const contentTypes: {
  readonly syncmlXml: 'application/vnd.syncml+xml';
  readonly syncmlWbxml: 'application/vnd.syncml+wbxml';
  readonly syncmlWbxmlD1: 'application/vnd.syncml+wbxml-d1';
  readonly devInfXml: 'application/vnd.syncml-devinf+xml';
  readonly devInfWbxml: 'application/vnd.syncml-devinf+wbxml';
  readonly notification: 'application/vnd.syncml.ds.notification';
  readonly email: 'application/vnd.omads-email+xml';
  readonly folder: 'application/vnd.omads-folder+xml';
  readonly rfc822: 'message/rfc822';
  readonly account: 'application/vnd.packetboat-account+xml';
  readonly parameters: 'application/vnd.packetboat-parameters+json';
  readonly flags: 'application/vnd.packetboat-flags';
  readonly event: 'application/vnd.packetboat-event+xml';
  readonly authBasic: 'syncml:auth-basic';
  readonly authMd5: 'syncml:auth-md5';
  readonly authMac: 'syncml:auth-MAC';
  readonly filterCgi: 'syncml:filtertype-cgi';
} = Object.freeze({
  syncmlXml: 'application/vnd.syncml+xml',
  syncmlWbxml: 'application/vnd.syncml+wbxml',
  syncmlWbxmlD1: 'application/vnd.syncml+wbxml-d1',
  devInfXml: 'application/vnd.syncml-devinf+xml',
  devInfWbxml: 'application/vnd.syncml-devinf+wbxml',
  notification: 'application/vnd.syncml.ds.notification',
  email: 'application/vnd.omads-email+xml',
  folder: 'application/vnd.omads-folder+xml',
  rfc822: 'message/rfc822',
  account: 'application/vnd.packetboat-account+xml',
  parameters: 'application/vnd.packetboat-parameters+json',
  flags: 'application/vnd.packetboat-flags',
  event: 'application/vnd.packetboat-event+xml',
  authBasic: 'syncml:auth-basic',
  authMd5: 'syncml:auth-md5',
  authMac: 'syncml:auth-MAC',
  filterCgi: 'syncml:filtertype-cgi',
});

/** A media type without its parameters, in lower case: what two types are compared by. */
export function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** The encoding that a Content-Type header of a SyncML message names; undefined for any other type. */
export function encodingOf(contentType: string): Encoding | undefined {
  const type = mediaType(contentType);
  if (type === contentTypes.syncmlXml) return 'xml';
  if (type === contentTypes.syncmlWbxml) return 'wbxml';
  return undefined;
}

/** The Content-Type of a SyncML message in an encoding. */
export function contentTypeOf(encoding: Encoding): string {
  return encoding === 'xml' ? contentTypes.syncmlXml : contentTypes.syncmlWbxml;
}

/** The Meta Type of device information; it must match the encoding of the message that carries it. */
export function devInfType(encoding: Encoding): string {
  return encoding === 'xml' ? contentTypes.devInfXml : contentTypes.devInfWbxml;
}

/** The LocURI of device information: `./devinf10`, `./devinf11`, `./devinf12`. */
export function devInfLocUri(version: Version): string {
  return `./devinf${version.replace('.', '')}`;
}

/** Whether a Meta Type is device information, in either encoding. */
export function isDevInfType(type: string | undefined): boolean {
  if (type === undefined) return false;
  const media = mediaType(type);
  return media === contentTypes.devInfXml || media === contentTypes.devInfWbxml;
}
