/** Attribute values while they become known, and desired resources resolved with them. */
import { unknownsIn } from '../compare/compare.ts';
import { IalError } from '../errors.ts';
import { isObject, mapJson } from '../json/paths.ts';
import type { Address, Desired, Json, Properties } from '../model.ts';
import type { Lookup } from '../ports.ts';
import { attributeOf, type KnownResource } from './known.ts';

type Resolver = (known: (address: Address, attribute: string) => Json | undefined) => readonly Desired[];

/** Grows as resources settle. Resolution of the whole project is asked for only when a simple look-up is not enough. */
export class Attributes {
  readonly #known: Map<Address, KnownResource>;
  #version = 0;
  #resolved: { readonly version: number; readonly desired: ReadonlyMap<Address, Desired> } | undefined;

  constructor(
    known: ReadonlyMap<Address, KnownResource>,
    private readonly resolver: Resolver,
  ) {
    this.#known = new Map(known);
  }

  set(address: Address, resource: KnownResource | undefined): void {
    this.#version += 1;
    if (resource === undefined) this.#known.delete(address);
    else this.#known.set(address, resource);
  }

  identifierOf(address: Address): string | undefined {
    return this.#known.get(address)?.identifier;
  }

  readonly #valueOf = (address: Address, attribute: string): Json | undefined => {
    const resource = this.#known.get(address);
    return resource === undefined ? undefined : attributeOf(resource, attribute);
  };

  /** @throws IalError `INTERNAL` naming the value when something it needs is still unknown. */
  resolve(desired: Desired): Desired {
    const simple = this.#replaceUnknowns(desired.properties);
    if (unknownsIn(simple).length === 0) return { ...desired, properties: simple };
    const full = this.#all().get(desired.address) ?? desired;
    const [missing] = unknownsIn(full.properties);
    if (missing === undefined) return full;
    throw new IalError('INTERNAL', `${desired.address} needs ${missing}, which AWS did not give`, { where: 'resolve' });
  }

  /** As far as it is known now; other values stay unknown. */
  partly(desired: Desired): Desired {
    return { ...desired, properties: this.#replaceUnknowns(desired.properties) };
  }

  #replaceUnknowns(properties: Properties): Properties {
    if (unknownsIn(properties).length === 0) return properties;
    const replaced = mapJson(properties, (value) => {
      const text = isObject(value) ? value['ial:unknown'] : undefined;
      const match = typeof text === 'string' ? /^(.+\/[^./]+)\.([A-Za-z0-9.]+)$/.exec(text) : null;
      return match === null ? value : (this.#valueOf(match[1] as Address, match[2] ?? '') ?? value);
    });
    return isObject(replaced) ? replaced : properties;
  }

  #all(): ReadonlyMap<Address, Desired> {
    if (this.#resolved?.version !== this.#version) {
      const desired = new Map(this.resolver(this.#valueOf).map((one) => [one.address, one]));
      this.#resolved = { version: this.#version, desired };
    }
    return this.#resolved.desired;
  }
}

/** Every `{{resolve:..}}` looked up. Only for what is sent now: the result never enters a row, a plan or a log. */
export async function withLookups(lookup: Lookup, properties: Properties): Promise<Properties> {
  const references = new Map<string, string>();
  mapJson(properties, (value) => {
    for (const match of typeof value === 'string' ? value.matchAll(/\{\{(resolve:[^}]+)\}\}/g) : [])
      references.set(match[0], match[1] ?? '');
    return value;
  });
  if (references.size === 0) return properties;
  const values = new Map<string, string>();
  for (const [text, reference] of references) values.set(text, await lookup.dynamicReference(reference));
  const sent = mapJson(properties, (value) => {
    if (typeof value !== 'string') return value;
    return [...values].reduce((text, [reference, found]) => text.replaceAll(reference, () => found), value);
  });
  return isObject(sent) ? sent : properties;
}
