// CTCap of DevInf 1.0 and 1.1: one flat run in which PropName opens a property, ParamName a parameter and CTType the next type:
// `((CTType, (PropName, (ValEnum+ | (DataType, Size?))?, DisplayName?, (ParamName, …)*)+)+)`.
import type { Element } from '@packetboat/wbxml';
import { childNodes, number, text, token } from './read.ts';
import type { Node } from './read.ts';
import type { CTCap, PropParam, Property } from './types.ts';
import { writer } from './write.ts';

const { el, leaf, leaves } = writer('devinf');

/** The types of `types.ts` while they are being filled. */
interface Param {
  paramName: string;
  dataType?: string;
  size?: number;
  valEnum?: string[];
  displayName?: string;
}
interface Prop {
  propName: string;
  dataType?: string;
  maxSize?: number;
  valEnum?: string[];
  displayName?: string;
  propParam?: Param[];
}
interface Cap {
  ctType: string;
  verCt?: string;
  properties: Prop[];
}

/** Reads one CTCap element, which may describe several types. */
export function parseFlatCTCap(node: Node): CTCap[] {
  const caps: Cap[] = [];
  for (const part of childNodes(node)) {
    const { name } = part.element;
    const cap = caps.at(-1);
    if (name === 'CTType') caps.push({ ctType: token(part), properties: [] });
    else if (!cap) continue;
    else if (name === 'VerCT') cap.verCt = token(part);
    else if (name === 'PropName') cap.properties.push({ propName: token(part) });
    else readPropertyPart(part, cap.properties.at(-1));
  }
  return caps;
}

function readPropertyPart(part: Node, property: Prop | undefined): void {
  if (!property) return;
  const param = property.propParam?.at(-1);
  const owner = param ?? property;
  switch (part.element.name) {
    case 'ParamName':
      (property.propParam ??= []).push({ paramName: token(part) });
      break;
    case 'ValEnum':
      (owner.valEnum ??= []).push(text(part));
      break;
    case 'DataType':
      owner.dataType = token(part);
      break;
    case 'DisplayName':
      owner.displayName = text(part);
      break;
    case 'Size':
    case 'MaxSize':
      if (token(part) === '') break;
      if (param) param.size = number(part);
      else property.maxSize = number(part);
      break;
    default:
      break;
  }
}

/** Writes all types as one CTCap element; nothing for none. VerCT, MaxOccur and NoTruncate do not exist in 1.1 and are left out. */
export function generateFlatCTCap(caps: readonly CTCap[]): Element | undefined {
  if (caps.length === 0) return undefined;
  return el(
    'CTCap',
    ...caps.map((cap) => [leaf('CTType', cap.ctType), ...cap.properties.flatMap(flatProperty)].filter((part) => part !== undefined)),
  );
}

function flatProperty(property: Property): (Element | undefined)[] {
  return [
    leaf('PropName', property.propName),
    ...leaves('ValEnum', property.valEnum),
    leaf('DataType', property.dataType),
    leaf('Size', property.maxSize),
    leaf('DisplayName', property.displayName),
    ...(property.propParam ?? []).flatMap(flatParam),
  ];
}

function flatParam(param: PropParam): (Element | undefined)[] {
  return [
    leaf('ParamName', param.paramName),
    ...leaves('ValEnum', param.valEnum),
    leaf('DataType', param.dataType),
    leaf('Size', param.size),
    leaf('DisplayName', param.displayName),
  ];
}
