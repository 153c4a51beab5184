import { checkRows } from './table/check-rows.ts';
import { typeRows } from './table/rows/types.ts';

checkRows(typeRows);
