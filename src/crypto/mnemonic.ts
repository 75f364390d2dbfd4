// BIP39 phrases, and the 32-byte seed that Substrate makes of them.

import { pbkdf2Sync } from 'node:crypto'
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { invariant } from '../kernel/errors.ts'

// `substrate-bip39: src/lib.rs`: BIP39's own key stretching, but over the entropy, not the phrase.
const ROUNDS = 2048
const SALT = 'mnemonic'
const STRETCHED_SIZE = 64

/** The phrase of 12 words that stands for 16 bytes of entropy (24 words for 32 bytes). */
export function generateMnemonic(entropy: Uint8Array): string {
  invariant([16, 20, 24, 28, 32].includes(entropy.length), 'BIP39 entropy is 16 to 32 bytes')
  return entropyToMnemonic(Uint8Array.from(entropy), wordlist)
}

/**
 * The 32-byte seed ("mini secret") of a phrase; `undefined` when the phrase is not a valid one.
 * Costs 0.7 ms, by design of BIP39.
 */
export function mnemonicToMiniSecret(phrase: string, password = ''): Uint8Array | undefined {
  const entropy = entropyOf(phrase)
  if (entropy === undefined) return undefined
  const salt = (SALT + password).normalize('NFKD')
  const stretched = pbkdf2Sync(entropy, salt, ROUNDS, STRETCHED_SIZE, 'sha512')
  return new Uint8Array(stretched.subarray(0, 32))
}

/** Whether a text is a BIP39 phrase of English words with a right checksum. */
export function isMnemonic(phrase: string): boolean {
  return entropyOf(phrase) !== undefined
}

function entropyOf(phrase: string): Uint8Array | undefined {
  const words = phrase.trim().split(/\s+/)
  if (words.length < 12 || words.length > 24) return undefined
  try {
    return mnemonicToEntropy(words.join(' '), wordlist)
  } catch {
    // The library reports unknown words, a wrong count and a wrong checksum by throwing; to us they are one answer.
    return undefined
  }
}
