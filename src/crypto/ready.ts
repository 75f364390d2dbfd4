// Loads the parts of the crypto library that are not JavaScript.

import { warmUp } from './internal/wasm.ts'

/**
 * Loads the WASM module (about 3 ms), so that no later call pays for it. Everything in this folder
 * also works without it: the module is loaded at its first use.
 */
export async function cryptoReady(): Promise<void> {
  warmUp()
}
