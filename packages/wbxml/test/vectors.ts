// Documents and their WBXML, as xml2wbxml 0.11.8 (`-v 1.2 -n`) writes them, and one with a page that it does not know.
import { element } from '../src/index.ts';
import type { Content, Document, Element } from '../src/index.ts';
import { fromHex, toHex, utf8 } from './hex.ts';

type Body = Content | readonly Content[];
const s = (name: string, content: Body = []): Element => element('syncml', name, content);
const m = (name: string, content: Body = []): Element => element('metinf', name, content);
const d = (name: string, content: Body = []): Element => element('devinf', name, content);
const uri = (name: string, value: string): Element => s(name, s('LocURI', value));

/** A document and its bytes. */
export interface Vector {
  readonly id: string;
  readonly what: string;
  readonly document: Document;
  readonly hex: string;
}

interface Header {
  readonly version?: '1.1' | '1.2';
  readonly msgId?: string;
  readonly target?: Element;
  readonly source?: Element;
  readonly more?: readonly Element[];
}

function message(commands: readonly Element[], header: Header = {}): Document {
  const version = header.version ?? '1.2';
  const hdr = s('SyncHdr', [
    s('VerDTD', version),
    s('VerProto', `SyncML/${version}`),
    s('SessionID', '1'),
    s('MsgID', header.msgId ?? '1'),
    header.target ?? uri('Target', 'a'),
    header.source ?? uri('Source', 'b'),
    ...(header.more ?? []),
  ]);
  return { type: `SyncML ${version}`, root: s('SyncML', [hdr, s('SyncBody', [...commands, s('Final')])]) };
}

const status = s('Status', [s('CmdID', '1'), s('MsgRef', '1'), s('CmdRef', '0'), s('Cmd', 'SyncHdr'), s('Data', '212')]);

const cred = s('Cred', [s('Meta', [m('Format', 'b64'), m('Type', 'syncml:auth-md5')]), s('Data', 'Zz6EivR3yeaaENcRN6lpAQ==')]);
const anchor = s('Meta', m('Anchor', [m('Last', '234'), m('Next', '276')]));
const initialisation = message(
  [s('Alert', [s('CmdID', '1'), s('Data', '200'), s('Item', [uri('Target', './mail'), uri('Source', './mail'), anchor])])],
  {
    target: uri('Target', 'http://sync.example.com/ds'),
    source: s('Source', [s('LocURI', 'IMEI:493005100592800'), s('LocName', 'Bruce2')]),
    more: [cred, s('Meta', m('MaxMsgSize', '16384'))],
  },
);

const devInf: Document = {
  type: 'DevInf 1.2',
  root: d('DevInf', [d('VerDTD', '1.2'), d('Man', 'X'), d('DevID', 'b'), d('DevTyp', 'phone'), d('UTC')]),
};
const devInfHex = '02a4036a004a6503312e320001510358000149036200014b0370686f6e6500012801';
const putDevInf = message([
  s('Put', [
    s('CmdID', '1'),
    s('Meta', m('Type', 'application/vnd.syncml-devinf+wbxml')),
    s('Item', [uri('Source', './devinf12'), s('Data', fromHex(devInfHex))]),
  ]),
]);

const emailType = s('Meta', m('Type', 'application/vnd.omads-email+xml'));
const email = utf8('<Email><read>true</read></Email>');
const syncAdd = message(
  [
    s('Sync', [
      s('CmdID', '2'),
      uri('Target', './mail'),
      uri('Source', './mail'),
      s('NumberOfChanges', '1'),
      s('Add', [s('CmdID', '3'), emailType, s('Item', [uri('Source', '7'), uri('SourceParent', 'I'), s('Data', email)])]),
    ]),
  ],
  { msgId: '2' },
);

function emn(mailbox: string, timestamp: string): Document {
  return { type: 'EMN 1.0', root: element('emn', 'emn', [], { mailbox, timestamp }) };
}

const indication: Document = {
  type: 'SI 1.0',
  root: element(
    'si',
    'si',
    element('si', 'indication', 'New mail', {
      href: 'http://www.example.com/mail/42',
      'si-id': '42@example',
      created: '2006-05-17T12:34:56Z',
      'si-expires': '2006-05-18T00:00:00Z',
      action: 'signal-medium',
    }),
  ),
};

const record = s('Record', s('Item', [s('Meta', m('Type', 'syncml:filtertype-cgi')), s('Data', 'modified&GE;20060501T000000Z')]));

/** An Alert whose Target carries a Filter with these parts. */
export function filterAlert(parts: readonly Element[]): Document {
  const filter = s('Filter', [emailType, ...parts, s('FilterType', 'EXCLUSIVE')]);
  const target = s('Target', [s('LocURI', './mail'), filter]);
  const meta = s('Meta', m('Anchor', m('Next', '1')));
  return message([s('Alert', [s('CmdID', '1'), s('Data', '200'), s('Item', [target, uri('Source', './mail'), meta])])]);
}

/** The Field part of a Filter: device information inside of a SyncML document. */
export const field: Element = s(
  'Field',
  s('Item', [
    s('Meta', m('Type', 'application/vnd.syncml-devinf+xml')),
    s(
      'Data',
      d('Property', [
        d('PropName', 'emailitem'),
        d('MaxSize', '2048'),
        d('PropParam', d('ParamName', 'texttype')),
        d('PropParam', d('ParamName', 'attachtype')),
      ]),
    ),
  ]),
);

const notification = message([s('Alert', [s('CmdID', '1'), s('Data', '206'), s('Item', [uri('Source', 'Mail'), emailType])])], {
  version: '1.1',
  target: uri('Target', '/'),
  source: uri('Source', 'PC Suite'),
});

const filterHex = `
02a4016a006d6c7103312e320001720353796e634d4c2f312e32000165033100015b033100016e57036100010167570362000101016b464b03310001
4f033230300001546e57032e2f6d61696c0001765a000153036170706c69636174696f6e2f766e642e6f6d6164732d656d61696c2b786d6c00010100
0077545a0001530373796e636d6c3a66696c746572747970652d63676900010100004f036d6f6469666965642647453b323030363035303154303030
3030305a0001010178034558434c5553495645000101016757032e2f6d61696c0001015a0001454f03310001010101010000120101
`;
// Nokia's S60 puts device information on page 2; made by hand from its page and token numbers.
const fieldHex = `
75545a000153036170706c69636174696f6e2f766e642e73796e636d6c2d646576696e662b786d6c00010100004f00026b5803656d61696c6974656d
00015c033230343800016c570374657874747970650001016c570361747461636874797065000101010000010101
`;

const list: readonly Vector[] = [
  {
    id: 'V1',
    what: 'a Status for the header',
    document: message([status], { msgId: '2' }),
    hex: `
      02a4016a006d6c7103312e320001720353796e634d4c2f312e32000165033100015b033200016e57036100010167570362000101016b694b03310001
      5c033100014c033000014a0353796e6348647200014f03323132000101120101
    `,
  },
  {
    id: 'V2',
    what: 'an initialisation with credentials and an Alert',
    document: initialisation,
    hex: `
      02a4016a006d6c7103312e320001720353796e634d4c2f312e32000165033100015b033100016e5703687474703a2f2f73796e632e6578616d706c65
      2e636f6d2f6473000101675703494d45493a343933303035313030353932383030000156034272756365320001014e5a000147036236340001530373
      796e636d6c3a617574682d6d643500010100004f035a7a36456976523379656161454e63524e366c7041513d3d0001015a00014c0331363338340001
      010100006b464b033100014f033230300001546e57032e2f6d61696c0001016757032e2f6d61696c0001015a0001454a0332333400014f0332373600
      01010101010000120101
    `,
  },
  {
    id: 'V3',
    what: 'a Put with an embedded device information document',
    document: putDevInf,
    hex: `
      02a4016a006d6c7103312e320001720353796e634d4c2f312e32000165033100015b033100016e57036100010167570362000101016b5f4b03310001
      5a000153036170706c69636174696f6e2f766e642e73796e636d6c2d646576696e662b7762786d6c0001010000546757032e2f646576696e66313200
      01014fc32202a4036a004a6503312e320001510358000149036200014b0370686f6e6500012801010101120101
    `,
  },
  {
    id: 'V4',
    what: 'a device information document',
    document: devInf,
    hex: devInfHex,
  },
  {
    id: 'V5',
    what: 'a Sync that adds an email',
    document: syncAdd,
    hex: `
      02a4016a006d6c7103312e320001720353796e634d4c2f312e32000165033100015b033200016e57036100010167570362000101016b6a4b03320001
      6e57032e2f6d61696c0001016757032e2f6d61696c0001017303310001454b033300015a000153036170706c69636174696f6e2f766e642e6f6d6164
      732d656d61696c2b786d6c00010100005467570337000101795703490001014fc3203c456d61696c3e3c726561643e747275653c2f726561643e3c2f
      456d61696c3e01010101120101
    `,
  },
  {
    id: 'V6',
    what: 'an email notification with a mailat mailbox',
    document: emn('mailat:alice@example.com', '2006-05-17T12:34:56Z'),
    hex: `
      020d6a00850703616c696365406578616d706c65008505c3072006051712345601
    `,
  },
  {
    id: 'V6b',
    what: 'an email notification at midday',
    document: emn('imap://alice@mail.example.com/INBOX', '2006-05-17T12:00:00Z'),
    hex: `
      020d6a00850903616c696365406d61696c2e6578616d706c650085032f494e424f580005c305200605171201
    `,
  },
  {
    id: 'V7',
    what: 'a service indication',
    document: indication,
    hex: `
      02056a0045c60d036578616d706c650085036d61696c2f34320011033432406578616d706c65000ac3072006051712345610c304200605180701034e
      6577206d61696c000101
    `,
  },
  {
    id: 'V8',
    what: 'an Alert with a Record filter',
    document: filterAlert([record]),
    hex: filterHex,
  },
  {
    id: 'V9',
    what: 'a SyncML 1.1 notification',
    document: notification,
    hex: `
      029f536a006d6c7103312e310001720353796e634d4c2f312e31000165033100015b033100016e57032f000101675703504320537569746500010101
      6b464b033100014f033230360001546757034d61696c0001015a000153036170706c69636174696f6e2f766e642e6f6d6164732d656d61696c2b786d
      6c00010101010000120101
    `,
  },
  {
    id: 'V10',
    what: 'a Field filter with device information on code page 2',
    document: filterAlert([field, record]),
    hex: insertField(filterHex, fieldHex),
  },
];

export const vectors: readonly Vector[] = list.map(({ id, what, document, hex }) => ({ id, what, document, hex: toHex(fromHex(hex)) }));

/** Puts the Field in front of the Record, the only element that begins with 77 54. */
function insertField(whole: string, inserted: string): string {
  const clean = toHex(fromHex(whole));
  const at = clean.indexOf('7754');
  return `${clean.slice(0, at)}${toHex(fromHex(inserted))}${clean.slice(at)}`;
}
