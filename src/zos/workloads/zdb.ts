// A key-value namespace on a hard disk.

import { flag, struct, text, unit } from '../go/json-decoder.ts'
import { workload } from './workload-type.ts'

/** `zdb`: threefoldtech/zosbase: pkg/gridtypes/zos/zdb.go */
export const zdb = workload('zdb', {
  data: struct('zos.ZDB', {
    size: unit,
    mode: text('zos.ZDBMode'),
    password: text(),
    public: flag,
  }),
  challenge: (put, data) => {
    put.number(data.size)
    put.text(data.mode)
    put.text(data.password)
    put.flag(data.public)
  },
  validate: ({ size, mode }) => {
    if (size === 0n) return 'invalid size'
    return mode === 'user' || mode === 'seq' ? undefined : 'invalid mode'
  },
  capacity: ({ size }) => ({ hru: size }),
  isUpdatable: true,
})
