/**
 * Whether somebody has changed what all objects share.
 */
import { promised } from "./target.ts";

const WATCHED: Readonly<Record<string, object>> = {
  "Object.prototype": Object.prototype,
  "Array.prototype": Array.prototype,
  "Function.prototype": Function.prototype,
  "String.prototype": String.prototype,
  "Number.prototype": Number.prototype,
  "Uint8Array.prototype": Uint8Array.prototype,
  "Object": Object,
  "Array": Array,
};

type Members = ReadonlyMap<PropertyKey, PropertyDescriptor | undefined>;

function membersOf(object: object): Members {
  return new Map(
    Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]),
  );
}

/** Remembers the prototypes as they are, to be compared later. */
export class PrototypeWatch {
  readonly #before = Object.entries(WATCHED).map(([name, object]) =>
    [name, object, membersOf(object)] as const
  );

  /** @throws {BrokenPromise} when a member was added, taken away or changed */
  check(): void {
    for (const [name, object, before] of this.#before) {
      const keys = Reflect.ownKeys(object);
      promised(keys.length === before.size, `${name} has other members: ${keys.map(String)}`);
      for (const key of keys) {
        const was = before.get(key);
        const is = Object.getOwnPropertyDescriptor(object, key);
        const isSame = was !== undefined && is?.value === was.value && is?.get === was.get;
        promised(isSame, `${name}.${String(key)} was changed`);
      }
    }
  }
}
