// Global tokens, equal on every code page (WBXML 1.3 §7.1), and the bits of a tag token (§5.8.2).

export const Token = {
  SwitchPage: 0x00,
  End: 0x01,
  Entity: 0x02,
  StrI: 0x03,
  Literal: 0x04,
  Pi: 0x43,
  LiteralC: 0x44,
  StrT: 0x83,
  LiteralA: 0x84,
  Opaque: 0xc3,
  LiteralAC: 0xc4,
} as const;

/** Set in a tag token: attributes follow. */
export const hasAttributes = 0x80;
/** Set in a tag token: content follows, closed by END. */
export const hasContent = 0x40;
/** The tag itself. */
export const tagMask = 0x3f;
/** The lowest tag and attribute token that is not global. */
export const firstTag = 0x05;

/** IANA MIBenum of UTF-8. */
export const charsetUtf8 = 106;
