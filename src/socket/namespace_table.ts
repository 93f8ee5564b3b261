/**
 * The namespaces of a server, by name, and the rules by which new ones are made.
 *
 * Owns: `#namespaces` (`#create` adds, `#retire` takes away), the parents in the order in which they were made.
 *
 * Invariants
 * - The main namespace, "/", is always there.
 * - A name that a client asks for becomes a namespace only when a rule of the user allows it.
 * - With `cleansUp`, a child of a parent is forgotten when its last client has gone.
 */
import { quote } from "../base/errors.ts";
import { invoke } from "../base/invoke.ts";
import type { Listeners } from "../base/listeners.ts";
import type { Adapter, AdapterFactory } from "./adapter.ts";
import type { BaseServer, ParentNspNameMatchFn } from "./api.ts";
import type { BaseNamespace } from "./base_namespace.ts";
import { LocalNamespace } from "./local_namespace.ts";
import { ParentNamespace } from "./parent_namespace.ts";
import type { SocketContext } from "./ports.ts";

/** What the table is made of. */
export interface NamespaceTableParts {
  readonly server: BaseServer;
  readonly context: SocketContext;
  readonly adapter: AdapterFactory;
  /** Namespaces that clients may bring into being. */
  readonly maxDynamic: number;
  /** Whether children of a parent go when they are empty. */
  readonly cleansUp: boolean;
  /** The listeners of the server, which are those of the main namespace. */
  readonly listeners: Listeners;
}

/** What a client asks for. */
export interface NamespaceWish {
  readonly name: string;
  /** What it gave as `auth`. */
  readonly auth: Record<string, unknown>;
  /** Whether it still wants it. */
  readonly isWanted: () => boolean;
}

/** All namespaces of a server. */
export class NamespaceTable {
  /** The main namespace. */
  readonly main: LocalNamespace;
  readonly #parts: NamespaceTableParts;
  readonly #namespaces = new Map<string, LocalNamespace>();
  readonly #parents: ParentNamespace[] = [];
  readonly #patterns = new Map<ParentNamespace, RegExp>();
  /** Those that clients have brought into being. */
  readonly #dynamic = new Set<LocalNamespace>();
  #adapter: AdapterFactory;

  constructor(parts: NamespaceTableParts) {
    this.#parts = parts;
    this.#adapter = parts.adapter;
    const { server, context, adapter, listeners } = parts;
    this.main = new LocalNamespace({ name: "/", server, context, adapter, listeners });
    this.#namespaces.set("/", this.main);
  }

  /** All namespaces with sockets. */
  get all(): readonly LocalNamespace[] {
    return [...this.#namespaces.values()];
  }

  /** The namespace of this name, if it is there. */
  get(name: string): LocalNamespace | undefined {
    return this.#namespaces.get(name);
  }

  /** What makes the adapters. */
  get adapter(): AdapterFactory {
    return this.#adapter;
  }

  /**
   * Gives all namespaces another adapter, and those to come.
   *
   * @throws TypeError when the function makes no adapter of ours; nothing has changed then
   */
  useAdapter(factory: AdapterFactory): void {
    const made: [namespace: LocalNamespace, adapter: Adapter][] = [];
    try {
      for (const namespace of this.all) made.push([namespace, namespace.createAdapter(factory)]);
    } catch (error) {
      for (const [namespace, adapter] of made) {
        if (adapter !== namespace.adapter) void namespace.discardAdapter(adapter);
      }
      throw error;
    }
    this.#adapter = factory;
    for (const [namespace, adapter] of made) namespace.replaceAdapter(adapter);
  }

  /** The namespace that a user asks for: it is made if it is not there. */
  of(name: string | RegExp | ParentNspNameMatchFn): BaseNamespace {
    if (typeof name === "function") return this.#addParent(name);
    if (name instanceof RegExp) {
      const pattern = stateless(name);
      const parent = this.#addParent((nsp, _auth, next) => next(null, pattern.test(nsp)));
      this.#patterns.set(parent, pattern);
      return parent;
    }
    const path = name.startsWith("/") ? name : `/${name}`;
    return this.get(path) ?? this.#create(path, this.#parentByPattern(path));
  }

  /**
   * The namespace that a client asks for.
   *
   * @param found told, once, of the namespace, or of none when no rule allows it, or nobody wants it any
   * more
   */
  find(
    { name, auth, isWanted }: NamespaceWish,
    found: (namespace: LocalNamespace | undefined) => void,
  ): void {
    const known = this.get(name);
    if (known !== undefined) return found(known);
    const parents = this.#parents.slice();
    const ask = (index: number): void => {
      const parent = parents[index];
      if (parent === undefined) return found(undefined);
      this.#ask(parent, name, auth, (allowed) => {
        // The client may have gone while the rule was asked.
        if (!isWanted()) found(undefined);
        else if (allowed) this.#give(this.get(name) ?? this.#createFor(name, parent), found);
        else ask(index + 1);
      });
    };
    ask(0);
  }

  /** A listener that is told of a new namespace may have ended the client that it is for. */
  #give(
    namespace: LocalNamespace | undefined,
    found: (namespace: LocalNamespace | undefined) => void,
  ): void {
    found(namespace);
    namespace?.tellIfEmpty();
  }

  /** Asks a user's rule; one that throws or rejects has refused. */
  #ask(
    parent: ParentNamespace,
    name: string,
    auth: Record<string, unknown>,
    answer: (allowed: boolean) => void,
  ): void {
    let isAnswered = false;
    const once = (allowed: boolean): void => {
      if (isAnswered) return;
      isAnswered = true;
      answer(allowed);
    };
    const next = (error: Error | null, allowed: boolean): void => once(!error && allowed);
    invoke(parent.matches, undefined, [name, auth, next], "namespace rule", {
      handlerFailed: (error, event, kind) => {
        this.#parts.context.handlerFailed(error, { event, namespace: parent.name, kind });
        once(false);
      },
    }, "namespaceRule");
  }

  #addParent(matches: ParentNspNameMatchFn): ParentNamespace {
    const { server, context } = this.#parts;
    const name = `/_${this.#parents.length}`;
    const parent = new ParentNamespace({
      name,
      server,
      matches,
      handlerFailed: (error, event, kind) =>
        context.handlerFailed(error, { event, namespace: name, kind }),
    });
    this.#parents.push(parent);
    return parent;
  }

  #parentByPattern(name: string): ParentNamespace | undefined {
    for (const [parent, pattern] of this.#patterns) if (pattern.test(name)) return parent;
    return undefined;
  }

  /** A client's wish; there is an end to the namespaces that clients can make. */
  #createFor(name: string, parent: ParentNamespace): LocalNamespace | undefined {
    const { context, maxDynamic } = this.#parts;
    if (this.#dynamic.size >= maxDynamic) {
      context.incidents.report("limits_exceeded", "maxDynamicNamespaces", () => quote(name));
      const { server } = context.debug;
      if (server.enabled) {
        server.log("refusing namespace %s: maxDynamicNamespaces is reached", name);
      }
      return undefined;
    }
    try {
      const namespace = this.#create(name, parent);
      this.#dynamic.add(namespace);
      return namespace;
    } catch (error) {
      // The adapter is made by a user's function, and this may run in a user's timer.
      context.handlerFailed(error, { event: "adapter", namespace: name, kind: "adapter" });
      return undefined;
    }
  }

  #create(name: string, parent: ParentNamespace | undefined): LocalNamespace {
    const { server, context, cleansUp } = this.#parts;
    if (context.debug.server.enabled) context.debug.server.log("initializing namespace %s", name);
    const namespace = new LocalNamespace({
      name,
      server,
      context,
      adapter: this.#adapter,
      ...(cleansUp && parent !== undefined
        ? { emptied: (child) => this.#retire(child, parent) }
        : {}),
    });
    this.#namespaces.set(name, namespace);
    const parents = context.debug["parent-namespace"];
    if (parent !== undefined && parents.enabled) parents.log("creating child namespace %s", name);
    parent?.adopt(namespace);
    this.main.announceNamespace(namespace);
    return namespace;
  }

  /** A child is empty: the next client that asks for its name gets a new one. */
  #retire(child: LocalNamespace, parent: ParentNamespace): void {
    const { name } = child;
    if (this.get(name) !== child) return;
    const parents = this.#parts.context.debug["parent-namespace"];
    if (parents.enabled) parents.log("closing child namespace %s", name);
    this.#namespaces.delete(name);
    this.#dynamic.delete(child);
    parent.disown(child);
    void child.closeAdapter();
  }
}

/** With the flags `g` and `y`, `test` would go on from where it ended last. */
function stateless(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
}
