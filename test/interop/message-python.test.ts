// Mail written by @packetboat/message is read by Python's email package, and the other way round: two programs that share no code.
import { spawnSync } from 'node:child_process';
import { composeMail, mailStructure, partText, readMail, sanitiseOutgoing, summarise, type MailDraft } from '@packetboat/message';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface PythonMail {
  readonly subject: string;
  readonly from: readonly (readonly [string, string])[];
  readonly to: readonly (readonly [string, string])[];
  readonly date: number;
  readonly references: string;
  readonly text: string;
  readonly html: string | null;
  readonly attachments: readonly { readonly name: string | null; readonly type: string; readonly content: string }[];
  readonly defects: readonly string[];
}

/** Reads mails (a JSON list of base64) from standard input and tells what is in them. */
const reader = `
import base64, email, email.header, email.policy, email.utils, inspect, json, sys
out = []
# Where there is a strict way, it is the default, and it takes every address with a domain literal for an attack.
loose = {'strict': False} if 'strict' in inspect.signature(email.utils.getaddresses).parameters else {}
unix = lambda text: text.replace('\\r\\n', '\\n')
for raw in json.load(sys.stdin):
    mail = email.message_from_bytes(base64.b64decode(raw), policy=email.policy.default)
    # The older interface: the newer one of Python up to 3.12 puts blanks between the encoded words of a display name.
    old = email.message_from_bytes(base64.b64decode(raw), policy=email.policy.compat32)
    decode = lambda name: str(email.header.make_header(email.header.decode_header(name)))
    people = lambda name: [[decode(n), a] for n, a in email.utils.getaddresses([v.replace('\\r\\n', '') for v in old.get_all(name, [])], **loose)]
    body = lambda kind: mail.get_body(preferencelist=(kind,))
    # get_content of an attached mail is a message; everything else is bytes or text with its own charset
    content = lambda part: part.get_payload(0).as_bytes() if part.get_content_type() == 'message/rfc822' else part.get_payload(decode=True)
    out.append({
        'subject': str(mail['subject']),
        'from': people('from'),
        'to': people('to'),
        'date': mail['date'].datetime.timestamp(),
        'references': mail['references'] or '',
        'text': unix(body('plain').get_content()) if body('plain') else '',
        'html': unix(body('html').get_content()) if body('html') else None,
        'attachments': [{'name': p.get_filename(), 'type': p.get_content_type(), 'content': base64.b64encode(content(p)).decode()} for p in mail.iter_attachments()],
        'defects': [str(d) for p in mail.walk() for d in p.defects] + [str(d) for h in mail.values() for d in h.defects],
    })
json.dump(out, sys.stdout)
`;

/** Writes mails with the charsets and encodings that old senders use; prints a JSON list of base64. */
const writer = `
import base64, email.policy, json, sys
from email.message import EmailMessage, MIMEPart
from email.headerregistry import Address
from email.mime.text import MIMEText
from email.header import Header
out = []
def put(mail): out.append(base64.b64encode(mail.as_bytes(policy=email.policy.SMTP)).decode())
texts = {'iso-8859-1': 'Grüße äöü', 'iso-8859-15': '5 € für Ænderung', 'windows-1251': 'Привет, мир', 'koi8-r': 'Привет', 'shift_jis': '日本語テキスト',
         'iso-2022-jp': '日本語', 'euc-jp': '日本語', 'gb2312': '你好世界', 'big5': '你好', 'euc-kr': '안녕하세요', 'utf-8': '😀 Grüße', 'iso-8859-7': 'Γειά'}
for charset, text in texts.items():
    for cte in ('base64', 'quoted-printable'):
        mail = EmailMessage()
        mail['From'] = Address(text, 'a', 'x.org')
        mail['To'] = [Address('Doe, John', 'john', 'x.org'), Address('', 'b', 'x.org')]
        mail['Subject'] = Header(text, charset).encode()
        mail.set_content(text + '\\n', charset=charset, cte=cte)
        mail.add_attachment(b'\\x00\\xff', maintype='application', subtype='pdf', filename=text + '.pdf')
        put(mail)
json.dump(out, sys.stdout)
`;

function python(script: string, input: unknown): unknown {
  const done = spawnSync('python3', ['-c', script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONUTF8: '1' },
  });
  if (done.error !== undefined) throw new Error('this test needs python3', { cause: done.error });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function isMails(value: unknown): value is PythonMail[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null && 'defects' in each);
}

function readByPython(mails: readonly Uint8Array[]): PythonMail[] {
  const read = python(reader, mails.map(base64));
  if (!isMails(read)) throw new Error('python3 answered something else');
  return read;
}

function writtenByPython(): Uint8Array[] {
  const written = python(writer, null);
  if (!Array.isArray(written)) throw new Error('python3 answered something else');
  return written.map((each) => new Uint8Array(Buffer.from(String(each), 'base64')));
}

const words = fc.array(
  fc.constantFrom(
    'a',
    'Doe,',
    '"q"',
    'b\\c',
    'Grüße',
    '日本語',
    '😀',
    '(x)',
    '<y@z>',
    '@',
    'long'.repeat(15),
    'Ж',
    '=',
    '?=',
    '=5F',
    "o'",
    '.',
  ),
  {
    minLength: 1,
    maxLength: 14,
  },
);
const label = words.map((all) => all.join(' '));
// Python takes angle brackets and quotes around a whole file name away, as if they were syntax.
const fileName = label.map((name) => `a ${name}.pdf`);
const person = fc.record({
  name: label,
  address: fc.constantFrom('a@x.org', 'first.last+tag@mail.example.org', "o'neil@x.org", 'a@[192.0.2.1]'),
});
const drafts = fc.record({
  from: person,
  to: fc.array(person, { minLength: 1, maxLength: 5 }),
  subject: label,
  text: fc
    .array(fc.constantFrom('From me\n', '.\n', ' \n', 'Grüße\n', 'word ', '日本\n', 'y'.repeat(120), '=\n', '\n\n', '--=_x\n'), {
      maxLength: 12,
    })
    .map((all) => all.join('')),
  attachments: fc.array(fc.record({ name: fileName, type: fc.constant('application/pdf'), content: fc.uint8Array({ maxLength: 200 }) }), {
    maxLength: 3,
  }),
  references: fc.array(
    fc.uuid().map((id) => `<${id}@mail.example.org>`),
    { maxLength: 8 },
  ),
  date: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
  messageId: fc.uuid().map((id) => `<${id}@example.org>`),
});

function expectSame(read: PythonMail | undefined, draft: MailDraft): void {
  const text = draft.text === '' || draft.text.endsWith('\n') ? draft.text : `${draft.text}\n`;
  expect(read).toEqual({
    subject: draft.subject,
    from: [[draft.from.name ?? '', draft.from.address]],
    to: draft.to.map((each) => [each.name ?? '', each.address]),
    date: draft.date / 1000,
    references: (draft.references ?? []).join(' '),
    text,
    html: null,
    attachments: (draft.attachments ?? []).map((each) => ({ name: each.name, type: each.type, content: base64(each.content) })),
    defects: [],
  });
}

describe('mail between Packetboat and Python', () => {
  it('is read by Python as it was meant, without a defect', () => {
    const samples = fc.sample(drafts, { numRuns: 300, seed: 20261123 });
    const read = readByPython(samples.map((draft) => composeMail(draft)));
    expect(read).toHaveLength(300);
    for (const [index, draft] of samples.entries()) expectSame(read[index], draft);
  });

  it('is still that mail after the check before sending', () => {
    const samples = fc.sample(drafts, { numRuns: 50, seed: 7 });
    const sent = samples.map((draft) => {
      const rules = { identities: [draft.from.address], defaultFrom: 'x@x.org', messageId: '<n@x>', date: 0 };
      const result = sanitiseOutgoing(composeMail({ ...draft, bcc: [{ address: 'hidden@x.org' }] }, { keepBcc: true }), rules);
      if ('refused' in result) throw new Error(result.refused);
      return result.mail;
    });
    for (const [index, read] of readByPython(sent).entries()) expectSame(read, samples[index] ?? expect.fail());
  });

  it('with HTML, pictures and an attached mail is read by Python', () => {
    const inner = composeMail({
      from: { address: 'a@x.org' },
      to: [{ address: 'b@x.org' }],
      subject: 'inner',
      text: 'in',
      date: 0,
      messageId: '<1@x>',
    });
    const mail = composeMail({
      from: { address: 'a@x.org' },
      to: [{ address: 'b@x.org' }],
      subject: 'outer',
      text: 'Grüße\n',
      html: '<p>Grüße</p>\n',
      attachments: [
        { name: 'p.png', type: 'image/png', content: Uint8Array.of(1), contentId: 'p@x' },
        { type: 'message/rfc822', content: inner },
      ],
      date: 0,
      messageId: '<2@x>',
    });
    const [read] = readByPython([mail]);
    expect([read?.text, read?.html, read?.defects]).toEqual(['Grüße\n', '<p>Grüße</p>\n', []]);
    expect(read?.attachments.map((each) => each.type)).toEqual(['message/rfc822']);
    expect(Buffer.from(read?.attachments[0]?.content ?? '', 'base64').toString()).toContain('Subject: inner');
  });

  it('written by Python in old charsets is read here', () => {
    const mails = writtenByPython();
    expect(mails).toHaveLength(24);
    for (const mail of mails) {
      const read = readMail(mail);
      const text = read.text ?? '';
      expect(read.summary.subject).toBe(text.trimEnd());
      expect(read.summary.from).toEqual([{ name: text.trimEnd(), address: 'a@x.org' }]);
      expect(read.summary.to).toEqual([{ name: 'Doe, John', address: 'john@x.org' }, { address: 'b@x.org' }]);
      expect(read.attachments.map((each) => [each.name, [...each.content()]])).toEqual([[`${text.trimEnd()}.pdf`, [0, 255]]]);
      expect(partText(mailStructure(mail).parts[0] ?? expect.fail())).toBe(text);
      expect(summarise(mail)).toEqual(read.summary);
    }
    expect(new Set(mails.map((mail) => readMail(mail).text)).size).toBeGreaterThan(8);
    expect(readMail(mails[8] ?? expect.fail()).text).toBe('日本語テキスト\n');
  });
});
