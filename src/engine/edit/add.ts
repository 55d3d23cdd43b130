/** Where a new resource goes in each form of phase, and how it is written there. */
import { isObject, valueAt } from '../json/pointer.ts';
import type { Dialect, Json, PhaseEdit } from '../model.ts';
import type { Change } from './data.ts';

type AddResource = Extract<PhaseEdit, { kind: 'add-resource' }>;

/** @returns the change, or why this file cannot take the resource. `data`: the file's, absent for a new file. */
export function additionTo(dialect: Dialect, data: Json | undefined, edit: AddResource): Change | string {
  const { file, logicalId, type, properties } = edit;
  const given = Object.keys(properties).length > 0;
  if (dialect === 'cloudformation') {
    if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId)) return `${logicalId} is not a logical id: letters and digits only`;
    if (valueAt(data, ['Parameters', logicalId]) !== undefined) return `${file} has a parameter ${logicalId} already`;
    return absent(data, edit, ['Resources', logicalId], { Type: type, ...(given ? { Properties: properties } : {}) });
  }
  const entry = { type, ...(given ? { properties } : {}) };
  switch (dialect) {
    case 'D2':
      return { kind: 'append', path: ['resources'], value: { name: logicalId, ...entry } };
    case 'D3': {
      const step = { action: 'generate_infrastructure_code', resource_type: type, ...(given ? { properties } : {}) };
      return absent(data, edit, [logicalId], { workflow: { step_2_generate: step } });
    }
    case 'D4':
      return absent(data, edit, [logicalId], given ? entry : { ...entry, properties: {} });
    default:
      if (data !== undefined && valueAt(data, ['resources']) !== undefined && !isObject(valueAt(data, ['resources'])))
        return `${file} has something else than resources under \`resources\``;
      return absent(data, edit, ['resources', logicalId], entry);
  }
}

function absent(data: Json | undefined, { file, logicalId }: AddResource, path: readonly string[], value: Json): Change | string {
  return valueAt(data, path) === undefined ? { kind: 'set', path, value } : `${file} has a resource ${logicalId} already`;
}
