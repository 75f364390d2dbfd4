// Names of workloads, and the ids that are made from them.

const maxNameBytes = 36
const reservedNames: readonly string[] = ['ygg']

/** What is wrong with a workload name, or nothing (threefoldtech/zosbase: pkg/gridtypes/id.go). */
export function nameRefusal(name: string): string | undefined {
  if (name === '') return 'name cannot be empty'
  if (Buffer.byteLength(name) > maxNameBytes) return 'name cannot exceed 36 characters'
  if (!/^[a-zA-Z0-9_]+$/.test(name)) return 'unsupported character in workload name'
  if (reservedNames.includes(name)) return `invalid name '${name}' is reserved`
  return undefined
}

/** The id of a workload on its node: `<twin>-<contract>-<name>`. */
export function workloadId(
  deployment: { readonly twin_id: number; readonly contract_id: bigint },
  name: string,
): string {
  return `${deployment.twin_id}-${deployment.contract_id}-${name}`
}
