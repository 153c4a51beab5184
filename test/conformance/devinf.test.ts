// Device information, rule by rule.
import { deviceInformation } from './rules/devinf.ts';
import { checkGroup } from './support/check.ts';

checkGroup(deviceInformation);
