// Datastore addresses: `mail`, `./mail` and `/mail` are equal, segments are percent-encoded, a query part is a filter of 1.1.

/** The segments of a datastore LocURI, decoded, without its query; undefined when it is no path (bad encoding, empty). */
export function datastorePath(locUri: string): readonly string[] | undefined {
  const path = (locUri.split('?', 1)[0] ?? '').replace(/^\.?\//, '').replace(/\/$/, '');
  if (path === '') return undefined;
  try {
    return path.split('/').map((segment) => decodeURIComponent(segment));
  } catch {
    return undefined;
  }
}

/** One spelling for all equal addresses: the key under which the server remembers a datastore. */
export function datastoreKey(path: readonly string[]): string {
  return path.map((segment) => encodeURIComponent(segment)).join('/');
}
