// Commands and their children, rule by rule.
import { commands } from './rules/commands.ts';
import { checkGroup } from './support/check.ts';

checkGroup(commands);
