// Small helpers of these tests: text to bytes and back, one byte a character.

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(data: Uint8Array): string {
  return Array.from(data, (byte) => String.fromCharCode(byte)).join('');
}

export function lines(...all: readonly string[]): Uint8Array {
  return bytes(all.join('\r\n'));
}
