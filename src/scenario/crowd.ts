// Many users at once: keys from the run's seed, funds, terms and twins, registered together.

import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import { toHex } from '../crypto/hex.ts'
import { keyPairFromSeed } from '../crypto/keys.ts'
import { keyOfSecret } from '../grid/keyring.ts'
import { type Person, registerPeople } from '../grid/people.ts'
import { gridError } from '../kernel/errors.ts'
import { User } from './actors.ts'
import type { Stage } from './stage.ts'

/** More users than this do not come at once. */
const crowdLimit = 100_000

/** How long a crowd may take to register, in ms: a block takes a few hundred of them. */
const registrationMs = 24 * 3_600_000

/** Brings `count` new users onto the grid, each with so many TFT; resolves when all have a twin. */
export async function bringUsers(
  stage: Stage,
  count: number,
  { tft = 1_000, prefix = 'user' }: { tft?: number; prefix?: string } = {},
): Promise<User[]> {
  if (!Number.isInteger(count) || count < 1 || count > crowdLimit) {
    throw gridError('GRID_CONFIG_INVALID', {
      detail: `${count} users; 1 to ${crowdLimit} can come`,
    })
  }
  const { world, host } = stage
  const { kernel, chain, keyring } = world
  const people = Array.from({ length: count }, (_, i): Person & { tft: number } => {
    const name = `${prefix}-${i + 1}`
    const seed = kernel.random.derive(`scenario/crowd/${name}`, 32)
    const pair = keyPairFromSeed(seed, 'ed25519')
    return { name, secret: toHex(seed), pair, encryptionSecret: seed, tft }
  })
  const [first] = world.residents
  const relay = first ? relayOf(stage, first.twinId) : ''
  registerPeople(people, { chain, keyring, relay, funder: keyOfSecret('//Alice', 'sr25519') })
  for (const person of people) world.addPerson(person)
  const { TwinIdByAccountID } = chain.runtime.txOf(tfgrid).state
  // They register in order, so that the last one's twin is the last.
  const last = people.at(-1)!
  await host.until(
    `${count} users have registered`,
    () => TwinIdByAccountID.get(last.pair.accountId) !== null,
    registrationMs,
  )
  return people.map(person => {
    const twinId = TwinIdByAccountID.get(person.pair.accountId) ?? 0
    return new User({ ...person, twinId }, stage)
  })
}

function relayOf({ world }: Stage, twinId: number): string {
  return world.bus.directory.twin(twinId)?.relay ?? ''
}
