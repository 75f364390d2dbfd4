// TFKVStore: what it keeps, tells and refuses.

import { bytes } from '../../../scale/bytes.ts'
import { blake2_128Concat, declarePallet, storageMap } from '../../runtime/declare.ts'
import { AccountId32 } from '../../types/primitives.ts'

/** A small store of keys and values for every account. */
export const kvstore = declarePallet({
  index: 30,
  name: 'TFKVStore',
  storage: {
    TFKVStore: storageMap([blake2_128Concat(AccountId32), blake2_128Concat(bytes)], bytes, {
      default: '',
    }),
  },
  events: {
    EntrySet: [AccountId32, bytes, bytes],
    EntryGot: [AccountId32, bytes, bytes],
    EntryTaken: [AccountId32, bytes, bytes],
  },
  errors: ['NoValueStored', 'KeyIsTooLarge', 'ValueIsTooLarge'],
  constants: {},
  paths: {
    calls: { path: ['pallet_kvstore', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_kvstore', 'pallet', 'Event'], params: [{ name: 'T', type: null }] },
    errors: { path: ['pallet_kvstore', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
