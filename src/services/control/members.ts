// How processes that play nodes of a grid elsewhere say that they are there.

import { z } from 'zod'
import { type Operation, operation } from './operations.ts'
import type { ControlPort } from './ports.ts'

const announcementSchema = z.strictObject({
  name: z.string().regex(/^[\w./#-]{1,100}$/, 'a name has 1 to 100 of A-Z a-z 0-9 _ . / # -'),
  port: z.int().min(1).max(65_535),
  secret: z.string().regex(/^[\w-]{16,200}$/, 'a secret has 16 to 200 of A-Z a-z 0-9 _ -'),
  genesisHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  revision: z.int().min(0),
})

/** The operations over the processes that play nodes of a grid. */
export function memberOperations(grid: () => Pick<ControlPort, 'members'>): Operation[] {
  return [
    operation('GET', '/members', {
      title: 'The processes that play further nodes of this grid (`pocketgrid nodes`)',
      run: () => grid().members?.list() ?? [],
    }),
    operation('POST', '/members', {
      title:
        'A process that plays nodes says that its control API is at the address that this comes from',
      body: announcementSchema,
      run({ body, address }) {
        const { members } = grid()
        return members?.announce(body, address) ?? { problem: 'this grid has no such processes' }
      },
    }),
  ]
}
