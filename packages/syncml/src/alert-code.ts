// Alert codes: OMA DS Protocol 1.2, "Alert Codes"; the sender in the table is who may send it first.

/** Alert codes by name. The value stands in an Alert's Data as decimal text. */
export const AlertCode: {
  readonly Display: 100;
  readonly TwoWay: 200;
  readonly SlowSync: 201;
  readonly OneWayFromClient: 202;
  readonly RefreshFromClient: 203;
  readonly OneWayFromServer: 204;
  readonly RefreshFromServer: 205;
  readonly TwoWayByServer: 206;
  readonly OneWayFromClientByServer: 207;
  readonly RefreshFromClientByServer: 208;
  readonly OneWayFromServerByServer: 209;
  readonly RefreshFromServerByServer: 210;
  readonly ResultAlert: 221;
  readonly NextMessage: 222;
  readonly NoEndOfData: 223;
  readonly Suspend: 224;
  readonly Resume: 225;
} = Object.freeze({
  Display: 100,
  TwoWay: 200,
  SlowSync: 201,
  OneWayFromClient: 202,
  RefreshFromClient: 203,
  OneWayFromServer: 204,
  RefreshFromServer: 205,
  TwoWayByServer: 206,
  OneWayFromClientByServer: 207,
  RefreshFromClientByServer: 208,
  OneWayFromServerByServer: 209,
  RefreshFromServerByServer: 210,
  ResultAlert: 221,
  NextMessage: 222,
  NoEndOfData: 223,
  Suspend: 224,
  Resume: 225,
});
export type AlertCode = (typeof AlertCode)[keyof typeof AlertCode];

/** A row of `alertCodes`. */
export interface AlertCodeRow {
  readonly code: AlertCode;
  readonly name: string;
  readonly remark: string;
}

const rows: readonly (readonly [AlertCode, string, string])[] = [
  [AlertCode.Display, 'Display', 'show the item data to the user; either side'],
  [AlertCode.TwoWay, 'Two-way', 'client, echoed by the server'],
  [AlertCode.SlowSync, 'Slow two-way', 'either side; every item is compared'],
  [AlertCode.OneWayFromClient, 'One-way from client', 'only the client sends changes'],
  [AlertCode.RefreshFromClient, 'Refresh from client', "the server's data is replaced by the client's"],
  [AlertCode.OneWayFromServer, 'One-way from server', 'only the server sends changes'],
  [AlertCode.RefreshFromServer, 'Refresh from server', "the client's data is replaced by the server's"],
  [AlertCode.TwoWayByServer, 'Two-way by server', 'server asks the client for a 200'],
  [AlertCode.OneWayFromClientByServer, 'One-way from client by server', 'server asks the client for a 202'],
  [AlertCode.RefreshFromClientByServer, 'Refresh from client by server', 'server asks the client for a 203'],
  [AlertCode.OneWayFromServerByServer, 'One-way from server by server', 'server asks the client for a 204'],
  [AlertCode.RefreshFromServerByServer, 'Refresh from server by server', 'server asks the client for a 205'],
  [AlertCode.ResultAlert, 'Result alert', 'client asks for results after a busy 101'],
  [AlertCode.NextMessage, 'Next message', 'either side has nothing to say and asks for the next message of the package'],
  [AlertCode.NoEndOfData, 'No end of data', 'receiver of a chunked object that was not finished'],
  [AlertCode.Suspend, 'Suspend', 'client, from 1.2'],
  [AlertCode.Resume, 'Resume', 'client, from 1.2'],
];

/** Every alert code with its name and who sends it, in ascending order. */
export const alertCodes: readonly AlertCodeRow[] = rows.map(([code, name, remark]) => ({ code, name, remark }));

const known = new Set<number>(alertCodes.map((row) => row.code));

const serverAlerts: ReadonlyMap<number, AlertCode> = new Map<number, AlertCode>([
  [AlertCode.TwoWayByServer, AlertCode.TwoWay],
  [AlertCode.OneWayFromClientByServer, AlertCode.OneWayFromClient],
  [AlertCode.RefreshFromClientByServer, AlertCode.RefreshFromClient],
  [AlertCode.OneWayFromServerByServer, AlertCode.OneWayFromServer],
  [AlertCode.RefreshFromServerByServer, AlertCode.RefreshFromServer],
]);

/** Whether the number is a code of the table. */
export function isAlertCode(code: number): code is AlertCode {
  return known.has(code);
}

/** The code that an Alert's Data text names; undefined for text that is no code of ours (answer: 406). */
export function alertCode(data: string | undefined): AlertCode | undefined {
  const text = data?.trim() ?? '';
  if (!/^\d{3}$/.test(text)) return undefined;
  const code = Number(text);
  return isAlertCode(code) ? code : undefined;
}

/** Whether a code asks for a synchronisation by its own right: 200 to 205. */
export function isSyncAlert(code: number): boolean {
  return code >= AlertCode.TwoWay && code <= AlertCode.RefreshFromServer;
}

/** Whether a code is a server's wish for a synchronisation: 206 to 210. */
export function isServerAlert(code: number): boolean {
  return serverAlerts.has(code);
}

/** The sync type 200 to 205 that a code stands for: 206 is 200, 207 is 202 and so on; undefined for codes that name none. */
export function syncTypeOf(code: number): AlertCode | undefined {
  return serverAlerts.get(code) ?? (isSyncAlert(code) && isAlertCode(code) ? code : undefined);
}
