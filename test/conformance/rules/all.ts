// Every group of rules, in the order of the table.
import type { Group } from '../support/rule.ts';
import { alerts } from './alerts.ts';
import { anchors } from './anchors.ts';
import { authentication } from './authentication.ts';
import { capability } from './capability.ts';
import { commands } from './commands.ts';
import { conflicts } from './conflicts.ts';
import { deviceInformation } from './devinf.ts';
import { filters } from './filter.ts';
import { hierarchy } from './hierarchy.ts';
import { largeObjects } from './large-objects.ts';
import { mapping } from './map.ts';
import { messages } from './messages.ts';
import { objects } from './objects.ts';
import { representation } from './representation.ts';
import { resume } from './resume.ts';
import { statusCodes } from './status-codes.ts';

export const groups: readonly Group[] = [
  messages,
  authentication,
  alerts,
  anchors,
  statusCodes,
  commands,
  deviceInformation,
  largeObjects,
  mapping,
  filters,
  hierarchy,
  resume,
  capability,
  conflicts,
  objects,
  representation,
];
