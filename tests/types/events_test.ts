import type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventNamesWithError,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FallbackToUntypedListener,
  FirstArg,
  FirstNonErrorArg,
  FirstNonErrorTuple,
  Last,
  MultiplyArray,
  RemoveAcknowledgements,
  ReservedOrUserEventNames,
  ReservedOrUserListener,
  Untyped,
  UntypedListener,
} from "../../src/socket/events.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

/** One event of each shape that an acknowledgement can have. */
interface Events {
  empty: () => void;
  text: (text: string) => void;
  optional: (text: string, count?: number) => void;
  rest: (...numbers: number[]) => void;
  ack: (text: string, ack: (count: number, note: string) => void) => void;
  ackEmpty: (ack: () => void) => void;
  ackError: (ack: (err: Error) => void) => void;
  ackErrorFirst: (ack: (err: Error, count: number) => void) => void;
  ackAsync: (ack: (count: number) => Promise<void>) => void;
  ackRest: (ack: (...counts: number[]) => void) => void;
}

/** A map in which one event is unchecked. */
interface Mixed {
  loose: (value: Untyped) => void;
  text: (text: string) => void;
  ack: (ack: (count: number) => void) => void;
}

interface Reserved {
  disconnect: (reason: string) => void;
  text: (other: number) => void;
}

Deno.test("EventsMap takes interfaces, type aliases, records and any", () => {
  type Alias = { hello: (name: string) => void };
  interface Extended extends EventsMap {
    hello: (name: string) => void;
  }
  expectType<Equal<[Events] extends [EventsMap] ? true : false, true>>();
  expectType<Equal<[Alias] extends [EventsMap] ? true : false, true>>();
  expectType<Equal<[Extended] extends [EventsMap] ? true : false, true>>();
  expectType<Equal<[Record<"a" | "b", () => void>] extends [EventsMap] ? true : false, true>>();
  expectType<Equal<[Untyped] extends [EventsMap] ? true : false, true>>();
  // @ts-expect-error a string is no map of events
  expectType<Equal<EventNames<string>, never>>();
});

Deno.test("EventNames are the keys of the map", () => {
  const symbol = Symbol("event");
  expectType<Equal<EventNames<{ a: () => void; [symbol]: () => void }>, "a" | typeof symbol>>();
  expectType<Equal<EventNames<DefaultEventsMap>, string>>();
});

Deno.test("EventParams are the arguments of the event", () => {
  expectType<Equal<EventParams<Events, "empty">, []>>();
  expectType<Equal<EventParams<Events, "text">, [text: string]>>();
  expectType<Equal<EventParams<Events, "optional">, [text: string, count?: number | undefined]>>();
  expectType<Equal<EventParams<DefaultEventsMap, "whatever">, Untyped[]>>();
});

Deno.test("Last and AllButLast split a tuple", () => {
  expectType<Equal<Last<[string]>, string>>();
  expectType<Equal<Last<[string, number, boolean]>, boolean>>();
  expectType<Equal<Last<readonly [string, number]>, number>>();
  expectType<Equal<Last<number[]>, number>>();
  expectType<Equal<Last<[]>, never>>();
  expectType<Equal<AllButLast<[a: string, b: number, c: boolean]>, [a: string, b: number]>>();
  expectType<Equal<AllButLast<[a: string]>, []>>();
  expectType<Equal<AllButLast<number[]>, Untyped[]>>();
});

Deno.test("FirstNonErrorTuple and FirstNonErrorArg skip an error", () => {
  expectType<Equal<FirstNonErrorTuple<[number, string]>, number>>();
  expectType<Equal<FirstNonErrorTuple<[Error, string]>, string>>();
  expectType<Equal<FirstNonErrorTuple<[TypeError, string]>, string>>();
  expectType<Equal<FirstNonErrorArg<(a: number, b: string) => void>, number>>();
  expectType<Equal<FirstNonErrorArg<(err: Error, b: string) => Promise<void>>, string>>();
  expectType<Equal<FirstNonErrorArg<() => void>, undefined>>();
  expectType<Equal<FirstNonErrorArg<Untyped>, Untyped>>();
});

Deno.test("FirstArg and MultiplyArray keep the names of arguments", () => {
  expectType<Equal<FirstArg<[count: number, note: string]>, [count: number]>>();
  expectType<Equal<FirstArg<[]>, never>>();
  expectType<Equal<FirstArg<number[]>, [number]>>();
  expectType<Equal<MultiplyArray<[a: number, b: string]>, [a: number[], b: string[]]>>();
});

Deno.test("EventNamesWithAck and EventNamesWithoutAck share out the names of a map", () => {
  type WithAck = "ack" | "ackEmpty" | "ackError" | "ackErrorFirst" | "ackAsync" | "ackRest";
  expectType<Equal<EventNamesWithAck<Events>, WithAck>>();
  expectType<Equal<EventNamesWithoutAck<Events>, "empty" | "text" | "optional" | "rest">>();
  expectType<Equal<keyof RemoveAcknowledgements<Events>, "empty" | "text" | "optional" | "rest">>();
  expectType<Equal<RemoveAcknowledgements<Events>["text"], (text: string) => void>>();
});

Deno.test("EventNamesWithAck accepts every name of a map that is not checked", () => {
  expectType<Equal<EventNamesWithAck<DefaultEventsMap>, string>>();
  expectType<Equal<EventNamesWithoutAck<DefaultEventsMap>, string>>();
  expectType<Equal<EventNamesWithError<DefaultEventsMap>, string>>();
  expectType<Equal<EventNamesWithAck<Mixed>, keyof Mixed>>();
  expectType<Equal<EventNamesWithoutAck<Mixed>, keyof Mixed>>();
});

Deno.test("EventNamesWithError finds the acknowledgements that take an error first", () => {
  expectType<Equal<EventNamesWithError<Events>, "ackError" | "ackErrorFirst">>();
  type Decorated = DecorateAcknowledgements<Events>;
  expectType<Equal<EventNamesWithError<Decorated>, EventNamesWithAck<Events>>>();
});

Deno.test("DecorateAcknowledgements puts an error first, once", () => {
  type Decorated = DecorateAcknowledgements<Events>;
  expectType<Equal<Decorated["text"], Events["text"]>>();
  expectType<
    Equal<
      Decorated["ack"],
      (text: string, ack: (err: Error, count: number, note: string) => void) => void
    >
  >();
  expectType<Equal<Decorated["ackEmpty"], (ack: (err: Error) => void) => void>>();
  expectType<Equal<Decorated["ackError"], Events["ackError"]>>();
  expectType<Equal<Decorated["ackErrorFirst"], Events["ackErrorFirst"]>>();
  expectType<
    Equal<Decorated["ackAsync"], (ack: (err: Error, count: number) => Promise<void>) => void>
  >();
});

Deno.test("DecorateAcknowledgementsWithMultipleResponses makes the first value an array", () => {
  type Decorated = DecorateAcknowledgementsWithMultipleResponses<Events>;
  expectType<Equal<Decorated["text"], Events["text"]>>();
  expectType<Equal<Decorated["ack"], (text: string, ack: (count: number[]) => void) => void>>();
  expectType<Equal<Decorated["ackEmpty"], Events["ackEmpty"]>>();
  expectType<Equal<Decorated["ackError"], Events["ackError"]>>();
  expectType<
    Equal<Decorated["ackErrorFirst"], (ack: (err: Error, count: number[]) => void) => void>
  >();
  expectType<Equal<Decorated["ackRest"], (ack: (counts: number[]) => void) => void>>();
});

Deno.test("DecorateAcknowledgementsWithTimeoutAndMultipleResponses does both", () => {
  type Decorated = DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Events>;
  expectType<
    Equal<Decorated["ack"], (text: string, ack: (err: Error, count: number[]) => void) => void>
  >();
  expectType<Equal<Decorated["ackEmpty"], (ack: (err: Error) => void) => void>>();
  expectType<
    Equal<Decorated["ackErrorFirst"], (ack: (err: Error, count: number[]) => void) => void>
  >();
  expectType<Equal<Decorated["ackRest"], (ack: (err: Error, counts: number[]) => void) => void>>();
  interface Unchecked {
    ask: (ack: (answer: Untyped) => void) => void;
  }
  expectType<
    Equal<
      DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Unchecked>["ask"],
      (ack: (err: Error, answers: Untyped[]) => void) => void
    >
  >();
});

Deno.test("Decorating a map that is not checked leaves it unchecked", () => {
  type Unchecked = { [event: string]: UntypedListener };
  expectType<Equal<DecorateAcknowledgements<DefaultEventsMap>, Unchecked>>();
  expectType<
    Equal<DecorateAcknowledgementsWithMultipleResponses<DefaultEventsMap>, Unchecked>
  >();
  expectType<
    Equal<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<DefaultEventsMap>, Unchecked>
  >();
});

Deno.test("ReservedOrUserListener prefers the reserved event", () => {
  expectType<
    Equal<ReservedOrUserEventNames<Reserved, Events>, keyof Reserved | keyof Events>
  >();
  expectType<Equal<ReservedOrUserListener<Reserved, Events, "text">, Reserved["text"]>>();
  expectType<Equal<ReservedOrUserListener<Reserved, Events, "empty">, Events["empty"]>>();
  expectType<
    Equal<ReservedOrUserListener<Reserved, DefaultEventsMap, "hello">, UntypedListener>
  >();
  expectType<Equal<FallbackToUntypedListener<Events["text"]>, Events["text"]>>();
  compiles((_: FallbackToUntypedListener<never>) => {
    const listener: FallbackToUntypedListener<never> = async (text: string) => {
      await Promise.resolve(text);
    };
    return listener;
  });
});
