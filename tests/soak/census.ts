/**
 * Counts objects that something still holds, without holding them.
 *
 * Invariants
 * - What is added is referred to weakly; a count is exact once garbage was collected.
 */

export class Census {
  readonly #references = new Map<string, Set<WeakRef<object>>>();

  /** @param kind what the object is */
  add(kind: string, object: object): void {
    const known = this.#references.get(kind) ?? new Set();
    this.#references.set(kind, known.add(new WeakRef(object)));
  }

  /** How many there are of each kind. */
  count(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [kind, references] of this.#references) {
      for (const reference of references) {
        if (reference.deref() === undefined) references.delete(reference);
      }
      counts[kind] = references.size;
    }
    return counts;
  }
}
