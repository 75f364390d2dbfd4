// What nodes can do, in the words of the proxy (grid-proxy/pkg/types/validators.go).

export const featureWords: ReadonlySet<string> = new Set([
  'zmount',
  'zdb',
  'volume',
  'ipv4',
  'ip',
  'gateway-name-proxy',
  'gateway-fqdn-proxy',
  'qsfs',
  'zlogs',
  'network',
  'zmachine',
  'zmachine-light',
  'network-light',
  'wireguard',
  'yggdrasil',
  'mycelium',
])
