// What the metadata say about this pallet.

export const docs = { pallet: '', calls: {}, storage: {}, events: {}, errors: {}, constants: {} } as never
