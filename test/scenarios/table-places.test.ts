import { checkRows } from './table/check-rows.ts';
import { placeRows } from './table/rows/places.ts';

checkRows(placeRows);
