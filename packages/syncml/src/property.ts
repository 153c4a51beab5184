// Property and PropParam, the nested form of DevInf 1.2: in CTCap and, alone, in the Field of a Filter.
// Order `PropName, DataType?, MaxOccur?, MaxSize?, NoTruncate?, ValEnum*, DisplayName?, PropParam*`.
import type { Element } from '@packetboat/wbxml';
import { child, children, defined, flagOf, number, required, text, textOf, token, tokenOf } from './read.ts';
import type { Node } from './read.ts';
import type { PropParam, Property } from './types.ts';
import { writer } from './write.ts';

const { el, flag, leaf, leaves } = writer('devinf');

/** Reads one Property. `Size` is taken for MaxSize: the two share a WBXML token. An empty MaxSize or MaxOccur says nothing. */
export function parseProperty(node: Node): Property {
  return defined({
    propName: token(required(node, 'PropName')),
    dataType: tokenOf(node, 'DataType'),
    maxOccur: numberUnlessEmpty(node, 'MaxOccur'),
    maxSize: numberUnlessEmpty(node, 'MaxSize') ?? numberUnlessEmpty(node, 'Size'),
    noTruncate: flagOf(node, 'NoTruncate'),
    valEnum: someTexts(node, 'ValEnum'),
    displayName: textOf(node, 'DisplayName'),
    propParam: some(children(node, 'PropParam').map(parsePropParam)),
  });
}

function parsePropParam(node: Node): PropParam {
  return defined({
    paramName: token(required(node, 'ParamName')),
    dataType: tokenOf(node, 'DataType'),
    valEnum: someTexts(node, 'ValEnum'),
    displayName: textOf(node, 'DisplayName'),
  });
}

function numberUnlessEmpty(node: Node, name: string): number | undefined {
  const found = child(node, name);
  return found && token(found) !== '' ? number(found) : undefined;
}

function someTexts(node: Node, name: string): readonly string[] | undefined {
  return some(children(node, name).map(text));
}

function some<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}

export function generateProperty(property: Property): Element {
  return el(
    'Property',
    leaf('PropName', property.propName),
    leaf('DataType', property.dataType),
    leaf('MaxOccur', property.maxOccur),
    leaf('MaxSize', property.maxSize),
    flag('NoTruncate', property.noTruncate),
    leaves('ValEnum', property.valEnum),
    leaf('DisplayName', property.displayName),
    property.propParam?.map((param) =>
      el(
        'PropParam',
        leaf('ParamName', param.paramName),
        leaf('DataType', param.dataType),
        leaves('ValEnum', param.valEnum),
        leaf('DisplayName', param.displayName),
      ),
    ),
  );
}
