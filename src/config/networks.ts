// The networks of the grid, and how they differ: what capacity costs, how stable they are, what their chain is called.

/** The names of the networks, as clients spell them. */
export const networkNames = ['dev', 'qa', 'test', 'main'] as const

/** A network of the grid. */
export type NetworkName = (typeof networkNames)[number]

/** Prices of a pricing policy: of units per hour, and of names, in 10^-7 USD. */
export interface NetworkPrices {
  readonly su: number
  readonly cu: number
  readonly nu: number
  readonly ipu: number
  readonly uniqueName: number
  readonly domainName: number
  /** Of a TFT, in 10^-3 USD. */
  readonly tft: number
}

/** The price of a TFT when a grid starts: clients divide by it, so that it must not be zero. */
const tft = 20

/** What a network is like. */
export interface NetworkPreset {
  /** What `system_chain` answers. */
  readonly chainName: string
  /** What `system_chainType` answers. */
  readonly chainType: 'Development' | 'Live'
  readonly prices: NetworkPrices
  /** A contract is billed once in so many blocks. */
  readonly billingFrequency: number
  /** The whole network may be reset with no heads-up. */
  readonly mayBeReset: boolean
  /** Parts of what people store may get lost. */
  readonly mayLoseData: boolean
}

/** The prices of the dev chain (`tfchain: substrate-node/node/src/chain_spec.rs`). */
const devPrices: NetworkPrices = {
  su: 50_000,
  cu: 100_000,
  nu: 15_000,
  ipu: 40_000,
  uniqueName: 2500,
  domainName: 5000,
  tft,
}

/**
 * The presets. `main` has the prices with which the public network began
 * (`tfchain: substrate-node/node/chainspecs/mainnet`); `test` is a quarter dearer than `dev`, which is what the manual
 * says of it without a figure. Public networks bill once an hour.
 */
export const networks: { readonly [name in NetworkName]: NetworkPreset } = {
  dev: {
    chainName: 'Development',
    chainType: 'Development',
    prices: devPrices,
    billingFrequency: 10,
    mayBeReset: true,
    mayLoseData: true,
  },
  qa: {
    chainName: 'TF Chain QAnet',
    chainType: 'Live',
    prices: devPrices,
    billingFrequency: 600,
    mayBeReset: true,
    mayLoseData: true,
  },
  test: {
    chainName: 'Tfchain Testnet',
    chainType: 'Live',
    prices: {
      su: 62_500,
      cu: 125_000,
      nu: 18_750,
      ipu: 50_000,
      uniqueName: 3125,
      domainName: 6250,
      tft,
    },
    billingFrequency: 600,
    mayBeReset: false,
    mayLoseData: true,
  },
  main: {
    chainName: 'Tfchain Mainnet',
    chainType: 'Live',
    prices: {
      su: 300_000,
      cu: 600_000,
      nu: 2000,
      ipu: 100_000,
      uniqueName: 20_000,
      domainName: 40_000,
      tft,
    },
    billingFrequency: 600,
    mayBeReset: false,
    mayLoseData: false,
  },
}

/** The domain below which a network's services have their names: `dev.grid.tf`, and `grid.tf` for main. */
export function baseDomain(network: NetworkName): string {
  return network === 'main' ? 'grid.tf' : `${network}.grid.tf`
}
