// What the front says to those who ask for what it does not serve.

/** What is answered to a request that no backend gets. */
export interface Refusal {
  readonly status: number
  readonly text: string
}

export const refusals = {
  /** A proxy client wants another host: nothing leaves this machine. */
  foreign: (host: string): Refusal => ({
    status: 403,
    text:
      `Pocketgrid's proxy serves the names of the grid, on ports 443 and 80, and nothing else: ` +
      `${shown(host)} is not one of them, and nothing leaves this machine.\n`,
  }),
  /** A request came here for a host that is none of the grid's. */
  misdirected: (host: string): Refusal => ({
    status: 421,
    text: `${shown(host)} is no name of this grid.\n`,
  }),
  notServed: (role: string): Refusal => ({
    status: 404,
    text: `This grid serves nothing of that kind: ${role}.\n`,
  }),
} as const

/** What a client wrote, as it may stand in a line of text. */
function shown(host: string): string {
  const plain = host.replace(/[^\x21-\x7e]/g, '?').slice(0, 200)
  return plain === '' ? 'a request without a host' : plain
}
