/**
 * Who may sign in. Three people for the demonstration; a real program has a database.
 *
 * - passwords are kept as salted hashes, and compared in constant time;
 * - a name that nobody has costs as much time as a wrong password.
 */
import type { Buffer } from "node:buffer";
import { type BinaryLike, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { User } from "./events.ts";

const derive = promisify<BinaryLike, BinaryLike, number, Buffer>(scrypt);

const PEOPLE: readonly User[] = [
  { id: "ada", name: "Ada Lovelace", role: "admin" },
  { id: "bo", name: "Bo Diddley", role: "member" },
  { id: "cy", name: "Cy Twombly", role: "member" },
];

interface Secret {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export class Accounts {
  readonly #users: ReadonlyMap<string, User> = new Map(PEOPLE.map((user) => [user.id, user]));
  readonly #secrets: ReadonlyMap<string, Secret>;
  readonly #nobody: Secret;

  private constructor(secrets: ReadonlyMap<string, Secret>, nobody: Secret) {
    this.#secrets = secrets;
    this.#nobody = nobody;
  }

  /** Everybody has the same password, which is fine for a demonstration only. */
  static async open(password: string): Promise<Accounts> {
    const secrets = new Map<string, Secret>();
    for (const { id } of PEOPLE) secrets.set(id, await makeSecret(password));
    return new Accounts(secrets, await makeSecret(randomBytes(16).toString("hex")));
  }

  find(id: string): User | undefined {
    return this.#users.get(id);
  }

  /** The user, if the password is right. */
  async verify(id: string, password: string): Promise<User | undefined> {
    const { salt, hash } = this.#secrets.get(id) ?? this.#nobody;
    const isRight = timingSafeEqual(await derive(password, salt, hash.length), hash);
    return isRight ? this.#users.get(id) : undefined;
  }
}

async function makeSecret(password: string): Promise<Secret> {
  const salt = randomBytes(16);
  return { salt, hash: await derive(password, salt, 32) };
}
