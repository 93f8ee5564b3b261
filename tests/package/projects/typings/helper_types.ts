/**
 * The helper types of both packages side by side, on maps of every shape: each gives the very same
 * type.
 */
import type * as theirs from "socket.io/dist/typed-events";
import type * as ours from "@godwit/io";
import { type Equal, expectType } from "./expect.ts";

const symbol: unique symbol = Symbol("event");

/** Each shape that an event and its acknowledgement can have. */
interface Shapes {
  empty: () => void;
  text: (text: string) => void;
  optional: (text: string, count?: number) => void;
  rest: (...numbers: number[]) => void;
  union: (value: string | number) => void;
  async: (text: string) => Promise<void>;
  ack: (text: string, ack: (count: number, note: string) => void) => void;
  ackEmpty: (ack: () => void) => void;
  ackError: (ack: (err: Error) => void) => void;
  ackErrorFirst: (ack: (err: Error, count: number) => void) => void;
  ackOtherError: (ack: (err: TypeError, count: number, note: string) => void) => void;
  ackAsync: (ack: (count: number) => Promise<void>) => void;
  ackUnion: (ack: (answer: string | Error) => void) => void;
  ackFirst: (ack: (count: number) => void, text: string) => void;
  ackOptional: (text: string, ack?: (count: number) => void) => void;
  twoAcks: (one: (a: number) => void, two: (b: string) => void) => void;
  [symbol]: (text: string) => void;
}

/** The shapes that differ, where the reference drops the answers of several. */
interface Other {
  ackRest: (ack: (...counts: number[]) => void) => void;
  ackAny: (ack: (answer: any) => void) => void;
}

type Alias = { hello: (name: string) => void; ask: (done: (answer: number) => void) => void };

interface Extended extends theirs.EventsMap {
  hello: (name: string) => void;
}

interface OneIsUnchecked {
  loose: (value: any) => void;
  text: (text: string) => void;
  ack: (ack: (count: number) => void) => void;
}

interface Reserved {
  disconnect: (reason: string) => void;
  text: (other: number) => void;
}

/** Compares what is made of one map. */
type SameOnMap<Map extends theirs.EventsMap> = [
  Equal<theirs.EventNames<Map>, ours.EventNames<Map>>,
  Equal<theirs.EventNamesWithAck<Map>, ours.EventNamesWithAck<Map>>,
  Equal<theirs.EventNamesWithoutAck<Map>, ours.EventNamesWithoutAck<Map>>,
  Equal<theirs.EventNamesWithError<Map>, ours.EventNamesWithError<Map>>,
  Equal<
    theirs.EventNamesWithError<theirs.DecorateAcknowledgements<Map>>,
    ours.EventNamesWithError<ours.DecorateAcknowledgements<Map>>
  >,
  Equal<theirs.RemoveAcknowledgements<Map>, ours.RemoveAcknowledgements<Map>>,
  Equal<theirs.DecorateAcknowledgements<Map>, ours.DecorateAcknowledgements<Map>>,
  Equal<
    theirs.DecorateAcknowledgementsWithMultipleResponses<Map>,
    ours.DecorateAcknowledgementsWithMultipleResponses<Map>
  >,
  Equal<
    theirs.DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Map>,
    ours.DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Map>
  >,
  Equal<
    theirs.DecorateAcknowledgements<theirs.DecorateAcknowledgementsWithMultipleResponses<Map>>,
    ours.DecorateAcknowledgements<ours.DecorateAcknowledgementsWithMultipleResponses<Map>>
  >,
  Equal<
    theirs.ReservedOrUserEventNames<Reserved, Map>,
    ours.ReservedOrUserEventNames<Reserved, Map>
  >,
];

/** Compares what is made of one event. */
type SameOnEvent<Map extends theirs.EventsMap, Ev extends theirs.EventNames<Map>> = [
  Equal<theirs.EventParams<Map, Ev>, ours.EventParams<Map, Ev>>,
  Equal<theirs.Last<Parameters<Map[Ev]>>, ours.Last<Parameters<Map[Ev]>>>,
  Equal<theirs.AllButLast<Parameters<Map[Ev]>>, ours.AllButLast<Parameters<Map[Ev]>>>,
  Equal<theirs.MultiplyArray<Parameters<Map[Ev]>>, ours.MultiplyArray<Parameters<Map[Ev]>>>,
  Equal<
    theirs.FirstNonErrorArg<theirs.Last<Parameters<Map[Ev]>>>,
    ours.FirstNonErrorArg<ours.Last<Parameters<Map[Ev]>>>
  >,
  Equal<
    theirs.FirstNonErrorTuple<Parameters<Map[Ev]>>,
    ours.FirstNonErrorTuple<Parameters<Map[Ev]>>
  >,
  Equal<
    theirs.ReservedOrUserListener<Reserved, Map, Ev>,
    ours.ReservedOrUserListener<Reserved, Map, Ev>
  >,
];

/** The same for every event of a map. */
type SameOnEvents<Map extends theirs.EventsMap> = {
  [Ev in theirs.EventNames<Map>]: SameOnEvent<Map, Ev>[number];
}[theirs.EventNames<Map>];

export function mapsGiveTheSame(): void {
  expectType<Equal<SameOnMap<Shapes>[number], true>>();
  expectType<Equal<SameOnMap<Alias>[number], true>>();
  expectType<Equal<SameOnMap<Extended>[number], true>>();
  expectType<Equal<SameOnMap<OneIsUnchecked>[number], true>>();
  expectType<Equal<SameOnMap<Reserved>[number], true>>();
  expectType<Equal<SameOnMap<{}>[number], true>>();
  expectType<Equal<SameOnMap<any>[number], true>>();
  expectType<Equal<SameOnMap<theirs.DefaultEventsMap>[number], true>>();
  expectType<Equal<SameOnMap<Record<"a" | "b", () => void>>[number], true>>();
}

export function someAnswersOfSeveralAreToldHereOnly(): void {
  type Theirs = theirs.DecorateAcknowledgementsWithMultipleResponses<Other>;
  type Ours = ours.DecorateAcknowledgementsWithMultipleResponses<Other>;
  expectType<Equal<Parameters<Parameters<Theirs["ackRest"]>[0]>, never>>();
  expectType<Equal<Parameters<Parameters<Ours["ackRest"]>[0]>, [counts: number[]]>>();
  expectType<Equal<Theirs["ackAny"], Ours["ackAny"]>>();
  type TheirServers = theirs.DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Other>;
  type OurServers = ours.DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Other>;
  expectType<Equal<Parameters<Parameters<TheirServers["ackAny"]>[0]>, [err: Error]>>();
  expectType<
    Equal<Parameters<Parameters<OurServers["ackAny"]>[0]>, [err: Error, answers: any[]]>
  >();
  expectType<Equal<theirs.DecorateAcknowledgements<Other>, ours.DecorateAcknowledgements<Other>>>();
}

export function eventsGiveTheSame(): void {
  expectType<Equal<SameOnEvents<Shapes>, true>>();
  expectType<Equal<SameOnEvents<Alias>, true>>();
  expectType<Equal<SameOnEvents<OneIsUnchecked>, true>>();
  expectType<Equal<SameOnEvent<theirs.DefaultEventsMap, "any">[number], true>>();
}

export function theMapsThemselvesAreTheSame(): void {
  expectType<Equal<theirs.EventsMap[string], ours.EventsMap[string]>>();
  expectType<Equal<theirs.DefaultEventsMap[string], ours.DefaultEventsMap[string]>>();
}
