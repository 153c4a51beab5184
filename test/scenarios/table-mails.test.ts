import { checkRows } from './table/check-rows.ts';
import { mailRows } from './table/rows/mails.ts';

checkRows(mailRows);
