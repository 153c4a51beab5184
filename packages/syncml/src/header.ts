// SyncHdr: `VerDTD, VerProto, SessionID, MsgID, Target, Source, RespURI?, NoResp?, Cred?, Meta?`.
import type { Element } from '@packetboat/wbxml';
import { credOf, generateCred, generateSource, generateTarget, parseSource, parseTarget } from './item.ts';
import type { Form } from './item.ts';
import { generateMeta, metaOf } from './meta.ts';
import { defined, flagOf, required, textOf, token } from './read.ts';
import type { Node } from './read.ts';
import type { SyncHdr, Version } from './types.ts';
import { isVersion } from './version.ts';
import { writer } from './write.ts';

const { el, flag, leaf } = writer('syncml');

/** A pair of VerDTD and VerProto that belongs to no version of ours parses, with `unknownVersion` set. */
export function parseHeader(node: Node): SyncHdr {
  const verDtd = token(required(node, 'VerDTD'));
  const verProto = token(required(node, 'VerProto'));
  const version = versionOf(verDtd, verProto);
  return defined({
    version: version ?? '1.2',
    unknownVersion: version === undefined ? { verDtd, verProto } : undefined,
    sessionId: token(required(node, 'SessionID')),
    msgId: token(required(node, 'MsgID')),
    target: parseTarget(required(node, 'Target')),
    source: parseSource(required(node, 'Source')),
    respUri: textOf(node, 'RespURI'),
    noResp: flagOf(node, 'NoResp'),
    cred: credOf(node),
    meta: metaOf(node),
  });
}

function versionOf(verDtd: string, verProto: string): Version | undefined {
  return isVersion(verDtd) && verProto.toLowerCase() === `syncml/${verDtd}` ? verDtd : undefined;
}

export function generateHeader(header: SyncHdr, form: Form): Element {
  const verDtd = header.unknownVersion?.verDtd ?? header.version;
  const verProto = header.unknownVersion?.verProto ?? `SyncML/${header.version}`;
  return el(
    'SyncHdr',
    leaf('VerDTD', verDtd),
    leaf('VerProto', verProto),
    leaf('SessionID', header.sessionId),
    leaf('MsgID', header.msgId),
    generateTarget(header.target, form),
    generateSource(header.source),
    leaf('RespURI', header.respUri),
    flag('NoResp', header.noResp),
    generateCred(header.cred, form),
    generateMeta(header.meta, header.version),
  );
}
