// Messages and headers, rule by rule.
import { messages } from './rules/messages.ts';
import { checkGroup } from './support/check.ts';

checkGroup(messages);
