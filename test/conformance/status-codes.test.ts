// Status codes, rule by rule.
import { statusCodes } from './rules/status-codes.ts';
import { checkGroup } from './support/check.ts';

checkGroup(statusCodes);
