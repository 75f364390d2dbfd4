// A plain Redis client for tests, written for them alone: it knows nothing of the server's code.

import { connect, type Socket } from 'node:net'

/** What a server answers: text for statuses and strings, errors as objects. */
export type Answer = string | number | null | { readonly error: string } | Answer[]

/** A connection to a Redis server. */
export class RespClient {
  readonly socket: Socket
  #text = ''
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (cause: Error) => void }[] = []

  private constructor(socket: Socket) {
    this.socket = socket
    // One character is one byte.
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      this.#text += chunk
      this.#settle()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('connection closed'))
    })
  }

  static open(port: number): Promise<RespClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new RespClient(socket)))
      socket.once('error', reject)
    })
  }

  /** Sends a command and resolves with its answer. */
  send(...words: (string | number | Buffer)[]): Promise<Answer> {
    const parts = words.flatMap(word => {
      const bytes = Buffer.isBuffer(word) ? word : Buffer.from(String(word))
      return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]
    })
    return this.raw(Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]))
  }

  /** Sends bytes and resolves with the next answer. */
  raw(bytes: Buffer | string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (this.socket.destroyed) reject(new Error('connection closed'))
      this.socket.write(bytes)
    })
  }

  /** Pops one JSON object off a list, or null when none came in time. */
  async popJson(list: string, seconds = 5): Promise<Record<string, unknown> | null> {
    const answer = await this.send('BLPOP', list, seconds)
    if (answer === null) return null
    const text = (answer as string[])[1]!
    return JSON.parse(Buffer.from(text, 'latin1').toString('utf8'))
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      if (this.socket.closed) resolve()
      this.socket.once('close', () => resolve())
      this.socket.destroy()
    })
  }

  #settle(): void {
    for (;;) {
      const parsed = parse(this.#text, 0)
      if (!parsed) return
      this.#text = this.#text.slice(parsed.end)
      this.#waiting.shift()?.resolve(parsed.answer)
    }
  }
}

function parse(text: string, at: number): { answer: Answer; end: number } | undefined {
  const lineEnd = text.indexOf('\r\n', at)
  if (lineEnd === -1) return undefined
  const line = text.slice(at + 1, lineEnd)
  const end = lineEnd + 2
  switch (text[at]) {
    case '+':
      return { answer: line, end }
    case '-':
      return { answer: { error: line }, end }
    case ':':
      return { answer: Number(line), end }
    case '_':
      return { answer: null, end }
    case '$': {
      const size = Number(line)
      if (size < 0) return { answer: null, end }
      if (text.length < end + size + 2) return undefined
      return { answer: text.slice(end, end + size), end: end + size + 2 }
    }
    case '*':
    case '%': {
      const count = Number(line) * (text[at] === '%' ? 2 : 1)
      if (count < 0) return { answer: null, end }
      const items: Answer[] = []
      let next = end
      for (let i = 0; i < count; i += 1) {
        const item = parse(text, next)
        if (!item) return undefined
        items.push(item.answer)
        next = item.end
      }
      return { answer: items, end: next }
    }
    default:
      throw new Error(`a reply begins with ${JSON.stringify(text.slice(at, at + 20))}`)
  }
}
