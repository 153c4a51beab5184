import { checkRows } from './table/check-rows.ts';
import { flagRows } from './table/rows/flags.ts';

checkRows(flagRows);
