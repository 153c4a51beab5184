// Put and Get of DevInf. It is processed before Alerts, whatever the order in the message. OMA-TS-DS_DevInf 1.2.
import { contentTypes, StatusCode, type DevInf, type Get, type Message, type Put, type Results } from '@packetboat/syncml';
import { datastoreCapability, deviceCapability, type DatastoreCapability } from '../capability/device.ts';
import { serverDevInf } from '../capability/server-devinf.ts';
import { datastoreKey, datastorePath } from '../loc-uri.ts';
import { need, type Step } from '../step.ts';
import { hashView } from './alert.ts';
import type { ServerNeeds, View } from './port.ts';
import { Stage, type DatastoreState } from './state.ts';
import { answer, setDatastore, type Turn } from './turn.ts';

const devInfUri = /^\.?\/?devinf1[012]$/i;

/** The DevInf that a message brings, by Put or as the result of our Get. */
export function devInfOf(message: Message): DevInf | undefined {
  for (const command of message.commands) {
    if (command.name !== 'Put' && command.name !== 'Results') continue;
    for (const item of command.items) if (item.data?.kind === 'devInf') return item.data.devInf;
  }
  return undefined;
}

export function storeDevInf(devInf: DevInf): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(devInf));
}

/** Undefined when there is none, or when an older release wrote it in another form: the device is asked again. */
export function storedDevInf(bytes: Uint8Array | null): DevInf | undefined {
  if (bytes === null) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null && 'dataStores' in value && 'ext' in value ? (value as DevInf) : undefined;
  } catch {
    return undefined;
  }
}

export function* handlePut(turn: Turn, put: Put | Results): Step<ServerNeeds, void> {
  const devInf = put.items.find((item) => item.data?.kind === 'devInf')?.data;
  if (devInf?.kind !== 'devInf') {
    if (put.name === 'Put') answer(turn, put, StatusCode.NotFound, { source: put.items[0]?.source?.locUri ?? '' });
    return;
  }
  turn.devInf = devInf.devInf;
  turn.capability = deviceCapability(devInf.devInf);
  yield* decideAgain(turn, devInf.devInf);
  turn.writes.push({ write: 'device', person: turn.person, deviceId: turn.deviceId, devInf: storeDevInf(devInf.devInf) });
  answer(turn, put, StatusCode.Ok, { source: put.items[0]?.source?.locUri ?? '' });
}

/**
 * A device whose first message was challenged tells what it is only when it is asked, behind its Alert: the form of what it
 * is sent, and whether it gets folders, must not be that for an unknown device.
 */
function* decideAgain(turn: Turn, devInf: DevInf): Step<ServerNeeds, void> {
  for (const ds of turn.session.datastores) {
    if (ds.stage > Stage.Receiving) continue;
    const store = datastoreCapability(devInf, ds.clientUri, turn.session.version);
    const { profile } = turn.session;
    // An address without a folder was taken for the inbox. What has come in is in that view already.
    const becomesWhole = store.hierarchical && ds.view.kind === 'flat' && ds.stage === Stage.Alerted && isWholeAccount(ds.key);
    const { filter } = ds.view;
    const view: View = becomesWhole ? { kind: 'hierarchical', ...(filter === undefined ? {} : { filter }) } : ds.view;
    const next = {
      ...ds,
      contentType: store.contentType,
      fieldLevel: profile || store.fieldLevel,
      move: profile || (store.move && view.kind === 'hierarchical'),
    };
    setDatastore(turn, becomesWhole ? yield* seenOtherwise(turn, next, view, store) : next);
  }
}

function isWholeAccount(key: string): boolean {
  return (datastorePath(key)?.length ?? 0) <= 2;
}

/** A map that has just been begun is begun anew; one that goes on is compared with the new view. The anchors stay as they were told. */
function* seenOtherwise(turn: Turn, ds: DatastoreState, view: View, store: DatastoreCapability): Step<ServerNeeds, DatastoreState> {
  const { wanted, clientNext, serverNext } = ds;
  const viewHash = hashView(turn, view, store, wanted);
  if (!ds.building) {
    if (ds.only === null && ds.type !== 202)
      yield* need<ServerNeeds, 'plan'>('plan', { generation: ds.generation, view, viewHash, wanted });
    return { ...ds, view, viewHash };
  }
  const generation = yield* need<ServerNeeds, 'newGeneration'>('newGeneration', { binding: ds.binding, view, viewHash, wanted });
  const batch = Math.max(ds.batch, generation.lastBatch + 1);
  const pending = { client: clientNext, server: serverNext, batch };
  turn.writes.push({ write: 'generation', generation: { ...generation, pending, lastBatch: batch } });
  return { ...ds, view, viewHash, generation: generation.id, batch };
}

export function handleGet(turn: Turn, get: Get): void {
  for (const item of get.items) {
    const uri = item.target?.locUri ?? '';
    if (!devInfUri.test(uri)) {
      answer(turn, get, StatusCode.NotFound, { target: uri });
      continue;
    }
    answer(turn, get, StatusCode.Ok, { target: uri });
    const { version, encoding } = turn.session;
    turn.results.push({
      msgRef: turn.message.header.msgId,
      cmdRef: get.cmdId,
      // On the command, not the item: some phones read it only there.
      meta: { type: encoding === 'wbxml' ? contentTypes.devInfWbxml : contentTypes.devInfXml },
      items: [
        {
          source: { locUri: `./devinf${version.replace('.', '')}` },
          data: { kind: 'devInf', devInf: serverDevInf(turn.env.identity, version, alertedUris(turn.message)) },
        },
      ],
    });
  }
}

/** The datastores that the message alerts, as it writes them: those that are ours. */
function alertedUris(message: Message): readonly string[] {
  return message.commands.flatMap((command) =>
    command.name === 'Alert'
      ? command.items.flatMap((item) => {
          const uri = item.target?.locUri;
          const path = uri === undefined ? undefined : datastorePath(uri);
          return uri === undefined || path === undefined || !datastoreKey(path).startsWith('mail') ? [] : [uri];
        })
      : [],
  );
}
