// What a user may choose about the rules of the chain; the defaults suit a grid on a loopback address.

export interface ChainSettings {
  /**
   * True: relay strings of twins follow upstream's rule, host names alone. False (the default): `:` and `/`
   * are accepted too, since a loopback relay is found only by an address with a port and a path.
   */
  readonly strictRelay: boolean
  /**
   * How many blocks a contract that cannot be paid lives on: 14 days
   * (`tfchain: substrate-node/runtime/src/lib.rs`, GracePeriod).
   */
  readonly gracePeriodBlocks: number
}

/** The settings of a chain about which nothing was said. */
export const defaultChainSettings: ChainSettings = {
  strictRelay: false,
  gracePeriodBlocks: 201_600,
}
