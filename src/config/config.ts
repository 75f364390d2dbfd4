// What a grid is made of, as people write it: checked once, with every default in one place.

import { z } from 'zod'
import { networkNames } from './networks.ts'

/** The seed of a grid that was given none: a constant, so that two people see the same grid. */
export const defaultSeed = 'pocketgrid'

/** Users of a grid that was told of none. */
export const defaultUsers = ['alice', 'bob', 'charlie', 'dave'] as const

/** Largest number of nodes in one grid. */
export const maxNodes = 200_000

const count = (max: number) => z.int().min(0).max(max)

const farm = z.strictObject({
  /** 3 to 40 characters of A-Z a-z 0-9 - _ */
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{3,40}$/, 'a farm name has 3 to 40 characters of A-Z a-z 0-9 - _'),
  nodes: count(maxNodes).default(1),
  /** Hardware profiles by name, given to the farm's nodes in turn. */
  hardware: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .default('server')
    .transform(names => (typeof names === 'string' ? [names] : names)),
  /** In the place of `hardware`: profiles by their shares of the farm, and how far nodes differ from their profile. */
  mix: z
    .strictObject({
      shares: z
        .record(z.string().min(1), z.number().positive())
        .refine(shares => Object.keys(shares).length > 0, 'a mix has at least one profile'),
      spread: z.number().min(0).max(1).default(0),
    })
    .optional(),
  /** Public IPv4 addresses that the farm has for deployments. */
  publicIps: count(200).default(5),
  /** So many of the first nodes are gateways: they have public addresses and a domain. */
  gateways: count(10).default(0),
  /** Its nodes serve those alone who rent them. */
  dedicated: z.boolean().default(false),
})

const user = z.union([
  z
    .string()
    .min(1)
    .transform(name => ({ name })),
  z.strictObject({
    name: z.string().min(1),
    /** A BIP39 phrase, or 0x and 64 hex digits; made from the name when left out. */
    mnemonic: z.string().optional(),
    /** Whole TFT at the start. */
    tft: z.int().min(1).max(400_000_000).optional(),
  }),
])

/** The fastest clock: a day in less than a second. */
const maxWarp = 100_000

const clock = z
  .string()
  .regex(/^(real|virtual|warp:\d+(\.\d+)?)$/, 'the clock is real, virtual or warp:N')
  .refine(text => !text.startsWith('warp:') || isPace(Number(text.slice(5))), {
    message: `the N of warp:N lies between 0.01 and ${maxWarp}`,
  })
  .default('real')

function isPace(rate: number): boolean {
  return rate >= 0.01 && rate <= maxWarp
}

const blocks = z.enum(['instant', '6s', 'manual']).default('instant')

const port = z.int().min(0).max(65_535)

/** Something of the grid that runs elsewhere, or in a container that is started for it. */
function elsewhere(what: string) {
  return z.string().refine(text => isWebSocketUrl(text) || /^docker(:[\w./:@-]+)?$/.test(text), {
    message: `the ${what} is a ws:// or wss:// URL, or docker[:IMAGE]`,
  })
}

function isWebSocketUrl(text: string): boolean {
  return /^wss?:\/\//.test(text) && URL.canParse(text)
}

function areDifferent(named: readonly { readonly name: string }[]): boolean {
  return new Set(named.map(({ name }) => name)).size === named.length
}

/** The farms of a grid that names none: something of everything that people deploy on. */
const defaultFarms = [
  {
    name: 'freefarm',
    nodes: 9,
    hardware: [
      'server',
      'server',
      'titan',
      'storage-2u',
      'gpu',
      'legacy-1u',
      'nano',
      'light',
      'light',
    ],
    publicIps: 10,
    gateways: 2,
  },
  {
    name: 'ghent',
    nodes: 3,
    hardware: ['server', 'gpu', 'hdd-only'],
    publicIps: 0,
    dedicated: true,
  },
]

const lag = z.int().min(0).max(3_600_000).default(0)

/** What the world is made of: all that decides its history, and nothing that does not. */
export const worldSchema = z.strictObject({
  seed: z.string().min(1).max(1_000).default(defaultSeed),
  /** Prices, billing and names as on this network. */
  network: z.enum(networkNames).default('dev'),
  farms: z
    .array(farm)
    .min(1)
    .max(10_000)
    .refine(areDifferent, 'every farm has a name of its own')
    .refine(farms => farms.reduce((sum, { nodes }) => sum + nodes, 0) <= maxNodes, {
      message: `a grid has at most ${maxNodes} nodes`,
    })
    .default(() => defaultFarms.map(one => farm.parse(one))),
  users: z
    .array(user)
    .max(1_000)
    .refine(areDifferent, 'every user has a name of its own')
    .default(defaultUsers.map(name => ({ name }))),
  blocks,
  /** Refuse `:` and `/` in relay strings, as the real chain does. */
  strictRelay: z.boolean().default(false),
  /** Who is verified: everybody, nobody, or those alone who are named. */
  kyc: z
    .strictObject({
      mode: z.enum(['all', 'none', 'list']).default('all'),
      /** By SS58 address or number of a twin; it counts more than the mode. */
      set: z.record(z.string(), z.enum(['VERIFIED', 'REJECTED', 'none'])).default({}),
    })
    .default({ mode: 'all', set: {} }),
  /** How far services lag behind the chain, in ms of virtual time; real ones do by seconds. */
  lagMs: z.strictObject({ gridproxy: lag, graphql: lag }).default({ gridproxy: 0, graphql: 0 }),
  /** A running grid lives by itself: users deploy and give up, nodes fail and come back, drawn from the seed. */
  life: z.boolean().optional(),
})

/** A grid file: a world, and how it is run. */
export const gridSchema = worldSchema.extend({
  clock,
  host: z.string().min(1).default('127.0.0.1'),
  chainPort: port.default(9944),
  port: port.default(8080),
  /** Port of the TLS front; false for none. Left out, 8443, or any free one where `port` is 0. */
  frontPort: z.union([port, z.literal(false)]).optional(),
  /** Folder of the front's certificate authority; left out, one of the user's that all grids share. */
  caDir: z.string().min(1).optional(),
  /** What a new account gets from the activation service, in TFT; the real one gives 0.1. */
  activationTft: z.number().min(0.1).max(1_000_000).default(1000),
  /** Secrets of accounts to fund and register beside the users. */
  accounts: z.array(z.string().min(1)).max(100).default([]),
  /** `upstream` hides the JSON-RPC methods that the real chain does not have. */
  rpc: z.enum(['full', 'upstream']).default('full'),
  /** With it the dev methods are served on addresses that others can reach, to those who show it. */
  devToken: z.string().min(8).optional(),
  /** Folder in which the grid is kept over restarts and crashes; left out, it lives as long as its process. */
  dataDir: z.string().min(1).optional(),
  /** URL of a chain elsewhere, on which nodes and people live, or docker[:IMAGE] for one in a container. */
  chain: elsewhere('chain').optional(),
  /** URL of a relay elsewhere, to which nodes connect, or docker[:IMAGE] for one in a container; only with `chain`. */
  relay: elsewhere('relay').optional(),
  /** Which part of the nodes this process plays, when several make one grid; only with `chain`. */
  shard: z
    .strictObject({ index: z.int().min(1), of: z.int().min(1).max(10_000) })
    .refine(({ index, of }) => index <= of, 'a shard is i of n, with i from 1 to n')
    .optional(),
  /** Who pays for new accounts on a chain elsewhere: a phrase, a 0x seed, or a derivation such as //Alice. */
  funder: z.string().min(1).default('//Alice'),
  /** Domains by which twins name this relay: those who name another are reached there. */
  relayDomains: z
    .array(z.string().regex(/^[A-Za-z0-9.:/[\]-]{1,255}$/, 'a domain is a host name'))
    .min(1)
    .max(16)
    .optional(),
  /** How other relays are reached; without, https for names, http for addresses and ws:// URLs. */
  federateOver: z.enum(['http', 'https']).optional(),
})

/** A checked world. */
export type WorldConfig = z.output<typeof worldSchema>
/** What people write for a world. */
export type WorldInput = z.input<typeof worldSchema>
/** A checked grid. */
export type GridConfig = z.output<typeof gridSchema>
/** What people write for a grid. */
export type GridInput = z.input<typeof gridSchema>
/** What people write for a farm. */
export type FarmInput = z.input<typeof farm>
/** A farm of a checked configuration. */
export type FarmConfig = z.output<typeof farm>

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** `farms[0].name`; empty for the whole. */
  readonly path: string
  readonly message: string
}

export type Checked<T> =
  | { readonly ok: true; readonly config: T }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Checks a world and fills in defaults. */
export function checkWorld(input: unknown): Checked<WorldConfig> {
  return outcomeOf(worldSchema.safeParse(input))
}

/** Checks a grid and fills in defaults. */
export function checkGrid(input: unknown): Checked<GridConfig> {
  const checked = outcomeOf(gridSchema.safeParse(input))
  if (!checked.ok) return checked
  const problems =
    checked.config.chain === undefined
      ? problemsHere(checked.config)
      : problemsElsewhere(input as GridInput, checked.config)
  return problems.length === 0 ? checked : { ok: false, problems }
}

/** What has a meaning on a chain elsewhere alone. */
function problemsHere(config: GridConfig): ConfigProblem[] {
  return (['relay', 'shard'] as const)
    .filter(path => config[path] !== undefined)
    .map(path => ({ path, message: 'goes with chain alone' }))
}

/** What has no meaning, or no way, on a chain elsewhere. */
function problemsElsewhere(input: GridInput, { farms, relay }: GridConfig): ConfigProblem[] {
  const reasons: { readonly [K in keyof GridInput]?: string } = {
    ...(relay === undefined
      ? { dataDir: 'nodes keep what they have beside a relay elsewhere alone' }
      : {}),
    blocks: 'the blocks are made by the chain, which is not ours',
    rpc: 'no chain is served',
    devToken: 'no chain is served',
    lagMs: 'gridproxy and GraphQL are served by the grid that has the chain',
    kyc: 'people are verified by the grid that has the chain',
    activationTft: 'accounts are activated by the grid that has the chain',
  }
  const problems = Object.entries(reasons)
    .filter(([key]) => input[key as keyof GridInput] !== undefined)
    .map(([path, reason]) => ({ path, message: `does not go with chain: ${reason}` }))
  if (input.clock !== undefined && input.clock !== 'real') {
    problems.push({ path: 'clock', message: 'does not go with chain: time there is real' })
  }
  if (input.farms !== undefined && farms.some(({ dedicated }) => dedicated)) {
    const message = 'a dedicated farm does not go with chain: its council decides that'
    problems.push({ path: 'farms', message })
  }
  return problems
}

function outcomeOf<T>(
  parsed: { success: true; data: T } | { success: false; error: z.ZodError },
): Checked<T> {
  if (parsed.success) return { ok: true, config: parsed.data }
  const problems = parsed.error.issues.map(({ path, message }) => ({
    path: path
      .map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('')
      .slice(path[0] === undefined || typeof path[0] === 'number' ? 0 : 1),
    message,
  }))
  return { ok: false, problems }
}

/** The problems as lines of text. */
export function problemText(problems: readonly ConfigProblem[]): string {
  return problems
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ')
}

/** The farms of a grid that names none: `nodes` nodes spread over `farms` farms of different hardware. */
export function spreadNodes(nodes: number, farms: number): FarmInput[] {
  const names = [
    'freefarm',
    'ghent',
    'lochristi',
    'vienna',
    'cairo',
    'zanzibar',
    'salzburg',
    'dubai',
  ]
  const base = Math.floor(nodes / farms)
  return Array.from({ length: farms }, (_, i) => ({
    name: names[i] ?? `farm-${i + 1}`,
    nodes: base + (i < nodes % farms ? 1 : 0),
    hardware: ['server'],
  }))
}
