// TEMPORARY STAND-IN so that the rest can be tried: whoever writes the real nodes.ts overwrites this file.
export interface Nodes {
  add(options: { farmId: number; profile: string }): void
  areRegistered(): boolean
  onContractCanceled(nodeId: number, twinId: number, contractId: bigint): void
  onGracePeriodStarted(nodeId: number, twinId: number, contractId: bigint): void
  onGracePeriodEnded(nodeId: number, twinId: number, contractId: bigint): void
  onPublicConfig(nodeId: number): void
  onPowerTarget(farmId: number, nodeId: number, target: 'Up' | 'Down'): void
  list(): { nodeId: number; twinId: number; farmId: number; profile: string }[]
  secretOfTwin(
    twinId: number,
  ): { pair: import('../crypto/keys.ts').KeyPair; secret: Uint8Array } | null
  twinOf(nodeId: number): number | null
  totalOf(nodeId: number): import('./workloads/capacity.ts').Capacity
  usedOf(nodeId: number): import('./workloads/capacity.ts').Capacity
  isUp(nodeId: number): boolean
  crash(nodeId: number): void
  boot(nodeId: number): void
  reboot(nodeId: number): void
  workloadsOf(
    nodeId: number,
    twinId: number,
    contractId: bigint,
  ): { name: string; type: string; state: string }[]
}
export function createNodes(_options: {
  activation: { activate(account: `0x${string}`): void }
  [name: string]: unknown
}): Nodes {
  return {
    add() {},
    areRegistered: () => true,
    onContractCanceled() {},
    onGracePeriodStarted() {},
    onGracePeriodEnded() {},
    onPublicConfig() {},
    onPowerTarget() {},
    list: () => [],
    secretOfTwin: () => null,
    twinOf: () => null,
    totalOf: () => {
      throw new TypeError('stand-in')
    },
    usedOf: () => {
      throw new TypeError('stand-in')
    },
    isUp: () => false,
    crash() {},
    boot() {},
    reboot() {},
    workloadsOf: () => [],
  }
}
