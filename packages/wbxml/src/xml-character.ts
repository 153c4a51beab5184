// Characters and names of XML, which bound what both encodings can carry (XML 1.0 §2.2, §2.3; Namespaces in XML §3).

const startCharacters =
  String.raw`A-Z_a-z\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{2FF}\u{370}-\u{37D}\u{37F}-\u{1FFF}\u{200C}-\u{200D}\u{2070}-\u{218F}` +
  String.raw`\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}\u{10000}-\u{EFFFF}`;
const furtherCharacters = String.raw`\-.0-9\u{B7}\u{300}-\u{36F}\u{203F}-\u{2040}`;
const ncName = new RegExp(`^[${startCharacters}][${startCharacters}${furtherCharacters}]*$`, 'u');

/** True for a name without a prefix. */
export function isName(name: string): boolean {
  return ncName.test(name);
}

/** True for the name of an attribute: no prefix but `xml:`, and not the one that declares namespaces. */
export function isAttributeName(name: string): boolean {
  return isName(name.startsWith('xml:') ? name.slice(4) : name) && name !== 'xmlns';
}

/**
 * True if XML can hold the text. Everything else below U+0020, U+FFFE and U+FFFF have no form in XML 1.0, not even as a
 * reference. Surrogates are not looked at: neither encoding has any.
 */
export function isXmlText(text: string): boolean {
  return !/[^\t\n\r\u0020-\uFFFD]/.test(text);
}
