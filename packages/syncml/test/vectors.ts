// Messages with their bytes, which were made by libwbxml's xml2wbxml 0.11.8 (`-v 1.2 -n`); V10 by hand from the code pages,
// since that tool knows no page 2.
import type { DevInf, Filter, Message, SyncHdr } from '../src/index.ts';
import { toHex, utf8 } from './hex.ts';

const header: SyncHdr = { version: '1.2', sessionId: '1', msgId: '2', target: { locUri: 'a' }, source: { locUri: 'b' } };
const emailType = 'application/vnd.omads-email+xml';

export const devInfVector: DevInf = {
  version: '1.2',
  man: 'X',
  devId: 'b',
  devTyp: 'phone',
  utc: true,
  dataStores: [],
  ctCaps: [],
  ext: [],
};

/** V4. */
export const devInfHex = '02a4036a004a6503312e320001510358000149036200014b0370686f6e6500012801';

const recordFilter: Filter = {
  meta: { type: emailType },
  record: 'modified&GE;20060501T000000Z',
  recordType: 'syncml:filtertype-cgi',
  filterType: 'EXCLUSIVE',
};

const fieldFilter: Filter = {
  ...recordFilter,
  field: [{ propName: 'emailitem', maxSize: 2048, propParam: [{ paramName: 'texttype' }, { paramName: 'attachtype' }] }],
};

function alertWith(filter: Filter): Message {
  return {
    header: { ...header, msgId: '1' },
    commands: [
      {
        name: 'Alert',
        cmdId: '1',
        data: '200',
        items: [{ target: { locUri: './mail', filter }, source: { locUri: './mail' }, meta: { anchor: { next: '1' } } }],
      },
    ],
    final: true,
  };
}

const headerOf = (msgId: string): string =>
  `02a4016a006d6c7103312e320001720353796e634d4c2f312e32000165033100015b03${toHex(utf8(msgId))}00016e57036100010167570362000101016b`;
const start = headerOf('2');
const filterStart =
  '464b033100014f033230300001546e57032e2f6d61696c0001765a000153036170706c69636174696f6e2f766e642e6f6d6164732d656d61696c2b786d6c0001010000';
const filterEnd =
  '77545a0001530373796e636d6c3a66696c746572747970652d63676900010100004f036d6f6469666965642647453b3230303630353031543030303030305a' +
  '0001010178034558434c5553495645000101016757032e2f6d61696c0001015a0001454f03310001010101010000120101';
/** V10: the Field with its property list on code page 2. */
const fieldFragment =
  '75545a000153036170706c69636174696f6e2f766e642e73796e636d6c2d646576696e662b786d6c00010100004f00026b5803656d61696c6974656d0001' +
  '5c033230343800016c570374657874747970650001016c570361747461636874797065000101010000010101';

/** Name, message and bytes in WBXML. */
export const vectors: readonly { readonly name: string; readonly message: Message; readonly hex: string }[] = [
  {
    name: 'V1, a Status for the header',
    message: {
      header,
      commands: [
        { name: 'Status', cmdId: '1', msgRef: '1', cmdRef: '0', cmd: 'SyncHdr', targetRefs: [], sourceRefs: [], data: '212', items: [] },
      ],
      final: true,
    },
    hex: `${start}694b033100015c033100014c033000014a0353796e6348647200014f03323132000101120101`,
  },
  {
    name: 'V2, a first message with credentials and anchors',
    message: {
      header: {
        version: '1.2',
        sessionId: '1',
        msgId: '1',
        target: { locUri: 'http://sync.example.com/ds' },
        source: { locUri: 'IMEI:493005100592800', locName: 'Bruce2' },
        cred: {
          meta: { format: 'b64', type: 'syncml:auth-md5' },
          data: { kind: 'text', text: 'Zz6EivR3yeaaENcRN6lpAQ==' },
        },
        meta: { maxMsgSize: 16384 },
      },
      commands: [
        {
          name: 'Alert',
          cmdId: '1',
          data: '200',
          items: [{ target: { locUri: './mail' }, source: { locUri: './mail' }, meta: { anchor: { last: '234', next: '276' } } }],
        },
      ],
      final: true,
    },
    hex:
      '02a4016a006d6c7103312e320001720353796e634d4c2f312e32000165033100015b033100016e5703687474703a2f2f73796e632e6578616d706c652e636f' +
      '6d2f6473000101675703494d45493a343933303035313030353932383030000156034272756365320001014e5a000147036236340001530373796e636d6c3a' +
      '617574682d6d643500010100004f035a7a36456976523379656161454e63524e366c7041513d3d0001015a00014c0331363338340001010100006b464b0331' +
      '00014f033230300001546e57032e2f6d61696c0001016757032e2f6d61696c0001015a0001454a0332333400014f033237360001010101010000120101',
  },
  {
    name: 'V3, a Put with an embedded DevInf document',
    message: {
      header: { ...header, msgId: '1' },
      commands: [
        {
          name: 'Put',
          cmdId: '1',
          meta: { type: 'application/vnd.syncml-devinf+wbxml' },
          items: [{ source: { locUri: './devinf12' }, data: { kind: 'devInf', devInf: devInfVector } }],
        },
      ],
      final: true,
    },
    hex:
      `${headerOf('1')}5f4b033100015a000153036170706c69636174696f6e2f766e642e73796e636d6c2d646576696e662b7762786d6c0001010000546757032e2f646576696e6631320001014fc322` +
      `${devInfHex}010101120101`,
  },
  {
    name: 'V5, a Sync with a new email',
    message: {
      header,
      commands: [
        {
          name: 'Sync',
          cmdId: '2',
          target: { locUri: './mail' },
          source: { locUri: './mail' },
          numberOfChanges: 1,
          commands: [
            {
              name: 'Add',
              cmdId: '3',
              meta: { type: emailType },
              items: [
                {
                  source: { locUri: '7' },
                  sourceParent: 'I',
                  data: { kind: 'bytes', bytes: utf8('<Email><read>true</read></Email>') },
                },
              ],
            },
          ],
        },
      ],
      final: true,
    },
    hex:
      `${start}6a4b033200016e57032e2f6d61696c0001016757032e2f6d61696c0001017303310001454b033300015a000153036170706c69636174696f6e2f766e642e6f6d6164732d656d61696c2b786d6c` +
      '00010100005467570337000101795703490001014fc3203c456d61696c3e3c726561643e747275653c2f726561643e3c2f456d61696c3e01010101120101',
  },
  { name: 'V8, an Alert with a Record filter', message: alertWith(recordFilter), hex: `${headerOf('1')}${filterStart}${filterEnd}` },
  {
    name: 'V10, an Alert with a Field and a Record filter',
    message: alertWith(fieldFilter),
    hex: `${headerOf('1')}${filterStart}${fieldFragment}${filterEnd}`,
  },
];
