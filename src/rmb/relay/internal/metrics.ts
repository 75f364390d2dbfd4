// What the relay counts, in the text form that Prometheus reads (`rmb-rs: src/relay/switch/mod.rs`).

type Labelled = ReadonlyMap<string, number>

/** Values that a label may have; what comes later is not counted. */
const labelLimit = 1000

interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly label?: string
  readonly value: number | Labelled
}

/** Why a session was ended by the relay. */
export type EvictionReason = 'back_pressure_timeout' | 'cancelled' | 'closed'

/** The counters of one relay. */
export class Metrics {
  readonly #evictions = new Map<string, number>()
  readonly #federated = new Map<string, number>()
  readonly #unfederated = new Map<string, number>()
  #rx = 0
  #rxBytes = 0
  #tx = 0
  #txBytes = 0

  /** A message was put into a queue. */
  received(bytes: number): void {
    this.#rx += 1
    this.#rxBytes += bytes
  }

  /** A message was given to a connection. */
  forwarded(bytes: number): void {
    this.#tx += 1
    this.#txBytes += bytes
  }

  evicted(reason: EvictionReason): void {
    count(this.#evictions, reason)
  }

  /** Another relay took a message, or did not. */
  federated(domain: string, isAccepted: boolean): void {
    count(isAccepted ? this.#federated : this.#unfederated, domain)
  }

  /** All families in order of name; those with labels appear with their first value. */
  text(connections: number): string {
    return this.#families(connections).map(familyText).join('')
  }

  #families(connections: number): Family[] {
    return [
      {
        name: 'federation_message_error',
        help: 'number of messages that failed to send via federation',
        type: 'counter',
        label: 'relay',
        value: this.#unfederated,
      },
      {
        name: 'federation_message_success',
        help: 'number of messages send successfully via federation',
        type: 'counter',
        label: 'relay',
        value: this.#federated,
      },
      {
        name: 'relay_message_rx',
        help: 'number of messages received by relay',
        type: 'counter',
        value: this.#rx,
      },
      {
        name: 'relay_message_rx_bytes',
        help: 'size of messages received by relay in bytes',
        type: 'counter',
        value: this.#rxBytes,
      },
      {
        name: 'relay_message_tx',
        help: 'number of messages forwarded by relay',
        type: 'counter',
        value: this.#tx,
      },
      {
        name: 'relay_message_tx_bytes',
        help: 'size of messages forwarded by relay in bytes',
        type: 'counter',
        value: this.#txBytes,
      },
      {
        name: 'relay_session_evictions_total',
        help: 'Total number of session evictions from the relay, labeled by reason',
        type: 'counter',
        label: 'reason',
        value: this.#evictions,
      },
      {
        name: 'relay_worker_connections',
        help: 'number of connections handled by this worker',
        type: 'gauge',
        label: 'worker',
        value: new Map([['0', connections]]),
      },
    ]
  }
}

function count(counts: Map<string, number>, label: string): void {
  const before = counts.get(label) ?? 0
  if (before > 0 || counts.size < labelLimit) counts.set(label, before + 1)
}

function familyText({ name, help, type, label, value }: Family): string {
  const samples =
    typeof value === 'number'
      ? [`${name} ${value}`]
      : [...value].map(([key, amount]) => `${name}{${label}="${escaped(key)}"} ${amount}`)
  if (samples.length === 0) return ''
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples, ''].join('\n')
}

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
