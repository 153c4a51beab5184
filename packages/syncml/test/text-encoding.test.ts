import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Length, decodeBase64, encodeBase64, encodeBase64Bytes } from '../src/index.ts';
import { decodeQuotedPrintable, encodeQuotedPrintable } from '../src/quoted-printable.ts';
import { isXmlText, utf8Length } from '../src/utf8.ts';
import { utf8, utf8Text } from './hex.ts';

describe('base64', () => {
  // RFC 4648 §10.
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('of %j is %j', (plain, encoded) => {
    expect(encodeBase64(utf8(plain))).toBe(encoded);
    expect(decodeBase64(encoded)).toEqual(utf8(plain));
    expect(decodeBase64(encoded.replaceAll('=', ''))).toEqual(utf8(plain));
  });

  it('is the same as the platform makes, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(btoa(String.fromCharCode(...bytes)));
        expect(encodeBase64Bytes(bytes)).toHaveLength(base64Length(bytes.length));
        expect(decodeBase64(encodeBase64(bytes).replaceAll(/.{4}/g, '$&\r\n'))).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AAAAA', '=', 'AA=', 'AA===', 'AAA==', 'AAAA=', 'A=AA', 'AA==AA==', 'AA-_', 'AÄ==', 'AA\0A'])('is not %j', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});

describe('quoted-printable', () => {
  it('gives back every byte, in lines of at most 76 characters of plain ASCII', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc
            .array(fc.constantFrom('\r\n', '\n', '\r', ' ', '\t', '=', 'é', 'abc', '<', '&'), { maxLength: 150 })
            .map((pieces) => utf8(pieces.join(''))),
        ),
        (bytes) => {
          const encoded = encodeQuotedPrintable(bytes);
          expect(decodeQuotedPrintable(encoded)).toEqual(bytes);
          expect(
            encoded.split('\r\n').every((line) => line.length <= 76 && /^[\t\u0020-\u007E]*$/.test(line) && !/[\t ]$/.test(line)),
          ).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['a=3Db', 'a=b'],
    ['a=3db', 'a=b'],
    ['a=\r\nb', 'ab'],
    ['a=\nb', 'ab'],
    ['a= \t\r\nb', 'ab'],
    ['a=', 'a'],
    ['a=XY', 'a=XY'],
    ['a =20\nb', 'a  \nb'],
  ])('forgives: %j is %j', (encoded, plain) => {
    expect(utf8Text(decodeQuotedPrintable(encoded))).toBe(plain);
  });
});

describe('the length of UTF-8', () => {
  it('is that of the encoder, half characters included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '\uD800', '\uDC00', 'é'), (text, more) => {
        expect(utf8Length(`${more}${text}${more}`)).toBe(utf8(`${more}${text}${more}`).length);
      }),
    );
  });
});

describe('the characters of XML', () => {
  it('exclude controls, half characters and the two non-characters', () => {
    for (const text of ['\0', '\u0008', '\u000B', '\u001F', '\uD800', '\uDC00', '\uFFFE', '\uFFFF'])
      expect(isXmlText(`a${text}b`)).toBe(false);
    for (const text of ['\t', '\n', '\r', ' ', '\u007F', '\u0085', '\uE000', '\uFFFD', '😀']) expect(isXmlText(`a${text}b`)).toBe(true);
  });
});
