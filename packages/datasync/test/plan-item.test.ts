import { describe, expect, test } from 'vitest';
import type { ItemRecord, MapRow, View } from '../src/server/port.ts';
import { planItem, settledRow } from '../src/server/plan-item.ts';

const mail: ItemRecord = {
  guid: '5',
  kind: 'mail',
  parent: '1',
  flags: 1,
  rev: 7,
  gone: false,
  size: 100,
  received: 0,
  name: null,
  role: null,
  sendError: null,
};
const row: MapRow = {
  guid: '5',
  luid: 'L5',
  state: 'todo',
  reason: null,
  batch: 1,
  ackRev: 7,
  ackFlags: 1,
  ackParent: '1',
  ackName: null,
  shape: 'headers',
  sent: null,
};
const tree: View = { kind: 'hierarchical' };
const inbox: View = { kind: 'flat', folder: '1' };

describe('what has to be sent for a row', () => {
  test('nothing, when the device has what the item is', () => {
    expect(planItem({ row, item: mail }, tree, 'headers')).toEqual({ do: 'settle' });
  });

  test('an Add, when the device never had it', () => {
    expect(planItem({ row: { ...row, luid: null, ackRev: 0 }, item: mail }, tree, 'headers')).toEqual({ do: 'add' });
    expect(planItem({ row: null, item: mail }, tree, 'headers')).toEqual({ do: 'add' });
  });

  test('nothing at all, when it went before the device had it', () => {
    expect(planItem({ row: { ...row, luid: null, ackRev: 0 }, item: { ...mail, gone: true } }, tree, 'headers')).toEqual({ do: 'forget' });
  });

  test('a Delete, when it is gone or has left the view', () => {
    expect(planItem({ row, item: { ...mail, gone: true } }, tree, 'headers')).toEqual({ do: 'delete' });
    expect(planItem({ row, item: { ...mail, parent: '2' } }, inbox, 'headers')).toEqual({ do: 'delete' });
  });

  test('it waits while the device has it and its LUID is not known', () => {
    expect(planItem({ row: { ...row, luid: null }, item: { ...mail, flags: 0 } }, tree, 'headers')).toEqual({ do: 'wait' });
    expect(planItem({ row: { ...row, luid: null }, item: { ...mail, gone: true } }, tree, 'headers')).toEqual({ do: 'wait' });
  });

  test('only the fields of the status that differ', () => {
    expect(planItem({ row, item: { ...mail, flags: 8 } }, tree, 'headers')).toMatchObject({
      do: 'change',
      flags: 9,
      move: false,
      content: false,
    });
  });

  test('a move in a tree, none in a flat view', () => {
    expect(planItem({ row, item: { ...mail, parent: '2' } }, tree, 'headers')).toMatchObject({ do: 'change', move: true, flags: 0 });
  });

  test('the content, when more of it is wanted than the device has; never less', () => {
    expect(planItem({ row, item: mail }, tree, 'full')).toMatchObject({ do: 'change', content: true });
    expect(planItem({ row: { ...row, shape: 'full' }, item: mail }, tree, 'headers')).toEqual({ do: 'settle' });
  });

  test('the name of a folder', () => {
    const folder: ItemRecord = { ...mail, kind: 'folder', flags: 0, name: 'New' };
    expect(planItem({ row: { ...row, ackName: 'Old', ackFlags: 0, shape: 'none' }, item: folder }, tree, 'full')).toMatchObject({
      do: 'change',
      name: true,
      content: false,
    });
  });

  test('a settled row asks for nothing more', () => {
    const item = { ...mail, flags: 12, parent: '3', rev: 9 };
    expect(planItem({ row: settledRow(row, item), item }, tree, 'headers')).toEqual({ do: 'settle' });
  });
});
