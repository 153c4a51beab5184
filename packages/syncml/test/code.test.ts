import { describe, expect, it } from 'vitest';
import {
  AlertCode,
  StatusCode,
  alertCode,
  alertCodes,
  contentTypeOf,
  contentTypes,
  devInfLocUri,
  devInfType,
  encodingOf,
  isAuthenticationRequired,
  isHandled,
  isRetryable,
  isServerAlert,
  isStatusCode,
  isSuccess,
  isSyncAlert,
  statusClass,
  statusCode,
  statusCodes,
  syncTypeOf,
} from '../src/index.ts';

describe('alert codes', () => {
  it('stand in the table once each, in ascending order', () => {
    const codes = alertCodes.map((row) => row.code);
    expect(codes).toEqual(Object.values(AlertCode));
    expect(codes).toEqual([100, 200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 221, 222, 223, 224, 225]);
    expect(alertCodes.every((row) => row.name !== '' && row.remark !== '')).toBe(true);
  });

  it('are read from the text of an Alert', () => {
    expect(alertCode('200')).toBe(AlertCode.TwoWay);
    expect(alertCode(' 222\n')).toBe(222);
    for (const text of ['', '0200', '2e2', '199', '211', '226', '-200', undefined]) expect(alertCode(text)).toBeUndefined();
  });

  it('of the server stand for the sync types of the client', () => {
    expect([206, 207, 208, 209, 210].map((code) => syncTypeOf(code))).toEqual([200, 202, 203, 204, 205]);
    expect([200, 201, 205].map((code) => syncTypeOf(code))).toEqual([200, 201, 205]);
    expect([100, 211, 222, 225].map((code) => syncTypeOf(code))).toEqual([undefined, undefined, undefined, undefined]);
    expect(alertCodes.filter(({ code }) => isSyncAlert(code)).map(({ code }) => code)).toEqual([200, 201, 202, 203, 204, 205]);
    expect(alertCodes.filter(({ code }) => isServerAlert(code)).map(({ code }) => code)).toEqual([206, 207, 208, 209, 210]);
  });
});

const codesOf = (name: string): number[] => statusCodes.map((row) => row.code).filter((code) => statusClass(code) === name);

describe('status codes', () => {
  it('stand in the table once each, in ascending order', () => {
    expect(statusCodes.map((row) => row.code)).toEqual(Object.values(StatusCode));
    expect(statusCodes.map((row) => row.code)).toEqual([...new Set(statusCodes.map((row) => row.code))].toSorted((a, b) => a - b));
    expect(statusCodes.every((row) => row.name !== '')).toBe(true);
    expect(isStatusCode(508)).toBe(true);
    expect(isStatusCode(299)).toBe(false);
  });

  it('are read from the text of a Status, unknown ones too', () => {
    expect(statusCode(' 212 ')).toBe(212);
    expect(statusCode('599')).toBe(599);
    expect(statusCode('20')).toBeUndefined();
  });

  it('fall into the classes by which a sender goes on', () => {
    expect(codesOf('retry')).toEqual([404, 408, 415, 417, 424, 500, 506, 510]);
    expect(codesOf('handled')).toEqual([410, 420]);
    expect(codesOf('success')).toEqual(statusCodes.map((row) => row.code).filter((code) => code >= 200 && code < 300));
    expect(codesOf('failed')).toContain(418);
    expect([isSuccess(211), isSuccess(300), isSuccess(199), isRetryable(500), isHandled(500)]).toEqual([true, false, false, true, false]);
    expect(statusCodes.map((row) => row.code).filter((code) => isAuthenticationRequired(code))).toEqual([401, 407]);
  });
});

describe('content types', () => {
  it('name the encoding of a message whatever their parameters and case', () => {
    expect(encodingOf('application/vnd.syncml+xml; charset=UTF-8')).toBe('xml');
    expect(encodingOf('Application/VND.syncml+WBXML')).toBe('wbxml');
    expect(encodingOf('text/xml')).toBeUndefined();
    expect(encodingOf(contentTypeOf('wbxml'))).toBe('wbxml');
    expect(encodingOf(contentTypeOf('xml'))).toBe('xml');
  });

  it('are all different', () => {
    const names = Object.values(contentTypes);
    expect(new Set(names).size).toBe(names.length);
  });

  it('name device information by encoding and version', () => {
    expect([devInfType('xml'), devInfType('wbxml')]).toEqual([contentTypes.devInfXml, contentTypes.devInfWbxml]);
    expect((['1.0', '1.1', '1.2'] as const).map(devInfLocUri)).toEqual(['./devinf10', './devinf11', './devinf12']);
  });
});
