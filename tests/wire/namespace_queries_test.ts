/** Tests what decoders take in the place of a namespace's name: a name, and a query behind it. */
import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { Decoder, Encoder } from "socket.io-parser";
import { LimitError } from "../../src/base/errors.ts";
import type { Codec, DecoderOptions } from "../../src/wire/codec.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import { MAX_NAMESPACE_QUERY_LENGTH } from "../../src/wire/limits.ts";
import { parserCodec } from "../../src/wire/parser_codec.ts";

const LIMITS = { maxNamespaceLength: 10 };
const CODECS: Readonly<Record<string, Codec>> = {
  jsonCodec: jsonCodec(LIMITS),
  parserCodec: parserCodec({ Encoder, Decoder }, LIMITS),
};

/** A query of so many characters, its question mark included. */
const queryOf = (length: number): string => `?${"q".repeat(length - 1)}`;
const nameOf = (length: number): string => `/${"n".repeat(length - 1)}`;

for (const [name, codec] of Object.entries(CODECS)) {
  const read = (nsp: string, options?: DecoderOptions): string | undefined =>
    codec.createDecoder(options).push(`0${nsp},`)?.nsp;
  const refused = (nsp: string, options?: DecoderOptions): LimitError => {
    const error = assertThrows(() => read(nsp, options));
    assertInstanceOf(error, LimitError, nsp.slice(0, 20));
    return error;
  };

  Deno.test(`${name} takes a name of maxNamespaceLength, whatever is in it`, () => {
    for (const options of [undefined, {}, { namespaceQueries: false }]) {
      for (const nsp of [nameOf(10), "/a?token=1", "/?", "/"]) {
        assertEquals(read(nsp, options), nsp);
      }
      for (const nsp of [nameOf(11), "/a?token=12", nameOf(5) + queryOf(100)]) {
        assertEquals(refused(nsp, options).max, 10);
      }
    }
  });

  Deno.test(`${name} takes a query behind a name where it is told to, and both within limits`, () => {
    const options = { namespaceQueries: true };
    const longest = queryOf(MAX_NAMESPACE_QUERY_LENGTH);
    for (const nsp of ["/?x", "/a?token=12345", nameOf(10) + longest, "/" + longest, nameOf(10)]) {
      assertEquals(read(nsp, options), nsp);
    }
    for (const nsp of [nameOf(10) + longest + "q", "/" + longest + "q", "/?" + longest]) {
      assertEquals(refused(nsp, options).max, MAX_NAMESPACE_QUERY_LENGTH);
    }
  });

  Deno.test(`${name} takes no longer name where a query may follow it`, () => {
    const options = { namespaceQueries: true };
    for (const nsp of [nameOf(11), nameOf(11) + "?x", nameOf(1_000), nameOf(16_384)]) {
      assertEquals(refused(nsp, options).max, 10);
    }
  });
}

Deno.test("A namespace that is refused for its length leaves the decoder as it was", () => {
  for (const codec of Object.values(CODECS)) {
    const decoder = codec.createDecoder({ namespaceQueries: true });
    assertThrows(() => decoder.push(`2${nameOf(11)},["x"]`), LimitError);
    assertThrows(() => decoder.push(`2/a?${"q".repeat(MAX_NAMESPACE_QUERY_LENGTH)},["x"]`));
    assertEquals([decoder.pendingBytes, decoder.push('2/a?b,["x"]')?.nsp], [0, "/a?b"]);
  }
});
