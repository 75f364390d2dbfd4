// The users and farmers of a grid: known phrases, accounts, twins.

import type { Chain } from '../chain/node/chain.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import { blake2b256 } from '../crypto/hash.ts'
import { bytesToByteString, utf8ToByteString } from '../crypto/hex.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { generateMnemonic } from '../crypto/mnemonic.ts'
import { secp256k1PublicKey } from '../crypto/secp256k1.ts'
import { parseSecretSeed } from '../crypto/secret-uri.ts'
import { invariant } from '../kernel/errors.ts'
import type { Keyring } from './keyring.ts'
import { keyOfSecret } from './keyring.ts'

/** 1 TFT in units (`tfchain: substrate-node/runtime/src/constants.rs`, DOLLARS). */
export const tftUnits = 10_000_000n

/** What a user owns at the start when nothing else is said, in whole TFT. */
export const defaultTft = 1_000_000

/** A person with a key and a twin. */
export interface Person {
  readonly name: string
  /** The phrase or `0x` seed from which the key is made. */
  readonly secret: string
  readonly pair: KeyPair
  /** The secp256k1 secret for end-to-end encryption: the account's seed. */
  readonly encryptionSecret: Uint8Array
}

/** The phrase of a name: the same in every grid, so that it can stand in a script. */
export function phraseOf(name: string): string {
  const entropy = blake2b256(new TextEncoder().encode(`pocketgrid account ${name}`))
  return generateMnemonic(entropy.subarray(0, 16))
}

/** A person of a name, or of a given secret. */
export function makePerson(
  name: string,
  options: { secret?: string | undefined; scheme: 'sr25519' | 'ed25519' },
): Person {
  const secret = options.secret ?? phraseOf(name)
  const pair = keyOfSecret(secret, options.scheme)
  const encryptionSecret = pair.seed ?? parseSecretSeed(secret)
  invariant(encryptionSecret, 'a phrase without junctions has a seed')
  return { name, secret, pair, encryptionSecret }
}

/** What is submitted for people, in order: funds, terms, twin. */
export function registerPeople(
  people: readonly (Person & { readonly tft: number })[],
  options: { chain: Chain; keyring: Keyring; relay: string; funder: KeyPair },
): void {
  const { chain, keyring, relay, funder } = options
  keyring.add(funder)
  for (const person of people) {
    const { pair } = person
    keyring.add(pair)
    const dest = { type: 'Id', value: pair.accountId } as const
    const value = BigInt(person.tft) * tftUnits
    const submit = (signer: KeyPair, pallet: string, name: string, args: ChainCall['args']) =>
      chain.submit({ pallet, name, args }, { signer: signer.accountId })
    submit(funder, 'Balances', 'transfer_keep_alive', { dest, value })
    submit(pair, 'TfgridModule', 'user_accept_tc', acceptedTerms)
    const pk = secp256k1PublicKey(person.encryptionSecret)
    submit(pair, 'TfgridModule', 'create_twin', {
      relay: utf8ToByteString(relay),
      pk: pk ? bytesToByteString(pk) : null,
    })
  }
}

/** The terms document that the grid's clients accept, and the hash they give. */
export const acceptedTerms = {
  document_link: utf8ToByteString('https://library.threefold.me/info/legal/#/'),
  document_hash: utf8ToByteString(''.padEnd(32, '0')),
}
