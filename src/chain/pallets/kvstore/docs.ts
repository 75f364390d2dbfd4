// What the metadata say about TFKVStore.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { kvstore } from './declaration.ts'

/** Documentation of TFKVStore. */
export const docs: DocsOf<typeof kvstore, typeof calls> = {
  pallet: 'A small store of keys and values for every account. Everybody can read it.',
  calls: {
    set: 'Stores a value of at most 2048 bytes under a key of at most 512, in the store of the signer.',
    delete: 'Removes a key and its value from the store of the signer.',
  },
  storage: {
    TFKVStore: 'The value that an account has stored under a key.',
  },
  events: {
    EntrySet: 'A value was stored: by whom, under which key, and the value.',
    EntryGot: 'A value was read. Not in use.',
    EntryTaken: 'A value was removed: by whom, under which key, and what it was.',
  },
  errors: {
    NoValueStored: 'The signer has nothing under this key.',
    KeyIsTooLarge: 'The key is longer than 512 bytes.',
    ValueIsTooLarge: 'The value is longer than 2048 bytes.',
  },
  constants: {},
}
