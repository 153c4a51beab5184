import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateFolder, parseFolder } from '../src/index.ts';
import type { FolderObject } from '../src/index.ts';
import { text } from './arbitrary.ts';
import { utf8, utf8Text } from './hex.ts';

const flag = fc.boolean();

describe('a folder object', () => {
  it('comes back as it was', () => {
    const folder: fc.Arbitrary<FolderObject> = fc.record(
      {
        name: text,
        created: fc.constant('20060517T123456Z'),
        modified: fc.constant('20060517T123456Z'),
        accessed: fc.constant('20060517T123456Z'),
        attributes: fc.record({ h: flag, s: flag, a: flag, d: flag, w: flag, r: flag, x: flag }, { requiredKeys: [] }),
        role: fc.constantFrom('inbox', 'outbox', 'sent', 'drafts', 'deleted'),
        ext: fc.array(fc.record({ xNam: fc.constant('x-a'), xVal: fc.array(text, { maxLength: 2 }) }), { maxLength: 2 }),
      },
      { requiredKeys: ['name', 'ext'] },
    );
    fc.assert(
      fc.property(folder, (value) => {
        expect(parseFolder(generateFolder(value))).toEqual(value);
      }),
      { numRuns: 150 },
    );
  });

  it('stands in the order of the specification', () => {
    const folder: FolderObject = { name: 'R&D', created: '20060517T123456Z', attributes: { w: true, s: false }, role: 'inbox', ext: [] };
    expect(utf8Text(generateFolder(folder))).toBe(
      '<Folder><name>R&amp;D</name><created>20060517T123456Z</created><attributes><s>false</s><w>true</w></attributes><role>inbox</role></Folder>',
    );
  });

  it('is read in another order, with role in capitals and an empty one for none', () => {
    expect(parseFolder(utf8('<Folder><role>Inbox</role><name> In </name></Folder>'))).toEqual({ name: ' In ', role: 'inbox', ext: [] });
    expect(parseFolder(utf8('<Folder><name>a</name><role/><attributes/></Folder>'))).toEqual({ name: 'a', attributes: {}, ext: [] });
  });

  it('is refused without a name and where it is something else', () => {
    expect(() => parseFolder(utf8('<Folder/>'))).toThrow(
      expect.objectContaining({ code: 'ERR_SYNCML_MISSING_ELEMENT', path: 'Folder/name' }),
    );
    expect(() => parseFolder(utf8('<Email/>'))).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_MALFORMED' }));
    expect(() => parseFolder(utf8('{}'))).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_MALFORMED' }));
  });
});
