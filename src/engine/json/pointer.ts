/** JSON Pointers (RFC 6901) over plain JSON. */
import type { Json, JsonObject, Pointer } from '../model.ts';

/** `/a~1b/0` to `['a/b', '0']`; the empty pointer is the whole document. */
export function segmentsOf(pointer: Pointer): string[] {
  if (pointer === '' || pointer === '/') return [];
  const text = pointer.startsWith('/') ? pointer.slice(1) : pointer;
  return text.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function pointerOf(segments: readonly (string | number)[]): Pointer {
  return segments.map((segment) => `/${escapeSegment(String(segment))}`).join('');
}

export function escapeSegment(segment: string): string {
  if (!segment.includes('~') && !segment.includes('/')) return segment;
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `/a` and `b` to `/a/b`. */
export function childPointer(parent: Pointer, segment: string | number): Pointer {
  return `${parent}/${escapeSegment(String(segment))}`;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value one step down, or `undefined`. Only own keys and plain list indexes. */
export function childOf(value: Json | undefined, segment: string): Json | undefined {
  if (isList(value)) return /^(0|[1-9]\d*)$/.test(segment) ? value[Number(segment)] : undefined;
  if (isObject(value)) return Object.hasOwn(value, segment) ? value[segment] : undefined;
  return undefined;
}

export function valueAt(value: Json | undefined, segments: readonly string[]): Json | undefined {
  return segments.reduce<Json | undefined>(childOf, value);
}
