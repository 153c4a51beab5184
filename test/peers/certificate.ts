// A self-signed certificate for localhost, made anew for each peer.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireProgram } from './peer.ts';

export interface Certificate {
  /** PEM text, to be given to a client as its trusted authority. */
  readonly cert: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Writes cert.pem and key.pem into the folder. Names: localhost and 127.0.0.1. */
export function makeCertificate(folder: string): Certificate {
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync(requireProgram('openssl'), ['req', '-x509', '-days', '3650', ...key, ...subject, '-out', certFile], { stdio: 'pipe' });
  return { cert: readFileSync(certFile, 'utf8'), certFile, keyFile };
}
