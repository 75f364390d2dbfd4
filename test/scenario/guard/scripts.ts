// Scripts as users write them, for the guard to watch; the line that opens something ends in its name.

import { spawn } from 'node:child_process'
import { pbkdf2, webcrypto } from 'node:crypto'
import { lookup } from 'node:dns'
import { once } from 'node:events'
import { createReadStream, readFile, readFileSync } from 'node:fs'
import { open, readFile as readFilePromise } from 'node:fs/promises'
import { get } from 'node:http'
import { connect, createServer } from 'node:net'
import { scheduler, setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { gzip } from 'node:zlib'
import type { Runner } from './runner.ts'

interface Padding {
  readonly onlyInTypeScript: string
}

const here = import.meta.filename

export const violations = {
  async fetch(_: Runner): Promise<void> {
    await Promise.resolve()
    await fetch('http://127.0.0.1:46999/') // fetch
  },
  async fetchOfManyAwaits({ wait }: Runner): Promise<void> {
    await wait()
    const padding: Padding = { onlyInTypeScript: 'x' }
    await Promise.all([wait(), ask(padding)])
    async function ask({ onlyInTypeScript }: Padding) {
      await Promise.resolve()
      const answer = await fetch(`http://127.0.0.1:46999/${onlyInTypeScript}`) // fetchOfManyAwaits
      return answer.text()
    }
  },
  async readFilePromise(_: Runner): Promise<void> {
    await readFilePromise(here) // readFilePromise
  },
  async openFile(_: Runner): Promise<void> {
    await (await open(here)).close() // openFile
  },
  async readFile(_: Runner): Promise<void> {
    await promisify(readFile)(here) // readFile
  },
  async stream(_: Runner): Promise<void> {
    await once(createReadStream(here), 'open') // stream
  },
  async setTimeout({ wait }: Runner): Promise<void> {
    await wait()
    await new Promise(resolve => setTimeout(resolve, 1)) // setTimeout
  },
  async setTimeoutInStep({ step }: Runner): Promise<void> {
    await step('a step', async () => {
      await new Promise(resolve => setTimeout(resolve, 1)) // setTimeoutInStep
    })
  },
  async setTimeoutInLaterStep({ step }: Runner): Promise<void> {
    await step('a step', async () => {})
    await step('another', () => new Promise(resolve => setTimeout(resolve, 1))) // setTimeoutInLaterStep
  },
  async setInterval(_: Runner): Promise<void> {
    const interval = setInterval(() => {}, 1) // setInterval
    clearInterval(interval)
  },
  async setImmediate(_: Runner): Promise<void> {
    await new Promise(resolve => setImmediate(resolve)) // setImmediate
  },
  async timersPromises(_: Runner): Promise<void> {
    await sleep(1) // timersPromises
  },
  async scheduler(_: Runner): Promise<void> {
    await scheduler.wait(1) // scheduler
  },
  async abortTimeout(_: Runner): Promise<void> {
    AbortSignal.timeout(1) // abortTimeout
  },
  async socket(_: Runner): Promise<void> {
    connect(46999, '127.0.0.1').on('error', () => {}) // socket
  },
  async server(_: Runner): Promise<void> {
    createServer().listen(0).close() // server
  },
  async http(_: Runner): Promise<void> {
    get('http://127.0.0.1:46999/').on('error', () => {}) // http
  },
  async dns(_: Runner): Promise<void> {
    await promisify(lookup)('localhost') // dns
  },
  async childProcess(_: Runner): Promise<void> {
    await once(spawn(process.execPath, ['--version'], { stdio: 'ignore' }), 'exit') // childProcess
  },
  async worker(_: Runner): Promise<void> {
    await new Worker('', { eval: true }).terminate() // worker
  },
  async messageChannel(_: Runner): Promise<void> {
    new MessageChannel().port1.close() // messageChannel
  },
  async subtle(_: Runner): Promise<void> {
    await webcrypto.subtle.digest('SHA-256', new Uint8Array(1)) // subtle
  },
  async pbkdf2(_: Runner): Promise<void> {
    await promisify(pbkdf2)('a', 'b', 1, 8, 'sha256') // pbkdf2
  },
  async gzip(_: Runner): Promise<void> {
    await promisify(gzip)('a') // gzip
  },
  async inLibrary({ library }: Runner): Promise<void> {
    await library.sleep() // inLibrary
  },
  async inLibraryLater({ library }: Runner): Promise<void> {
    await library.thinkAndSleep() // inLibraryLater
  },
  async inCallbackOfTick(_: Runner): Promise<void> {
    await new Promise<void>(resolve => {
      process.nextTick(() => setTimeout(resolve, 1)) // inCallbackOfTick
    })
  },
  async afterOutside({ outside }: Runner): Promise<void> {
    await outside(() => readFilePromise(here))
    await readFilePromise(here) // afterOutside
  },
} as const

export const innocents = {
  async promises({ wait }: Runner): Promise<string> {
    await wait()
    const all = await Promise.all([wait(), Promise.resolve(1), (async () => wait())()])
    await Promise.race([wait(), wait()])
    for await (const _ of (async function* () {
      yield* [1, 2]
    })()) {
      await new Promise<void>(resolve => queueMicrotask(resolve))
    }
    await new Promise<void>(resolve => process.nextTick(resolve))
    return `${all.length} waits`
  },
  async printing(_: Runner): Promise<string> {
    console.log('a line of a scenario')
    console.error('a line of a scenario')
    await Promise.resolve()
    process.stdout.write('')
    return 'printed'
  },
  async cloning(_: Runner): Promise<string> {
    return structuredClone({ name: 'clone' }).name
  },
  async readingAtOnce(_: Runner): Promise<string> {
    return typeof readFileSync(here, 'utf8')
  },
  async steps({ step, library }: Runner): Promise<string> {
    return step('a step', async () => {
      await step('inside', () => library.think())
      return 'stepped'
    })
  },
  async runnersOwnDoings({ drain, log }: Runner): Promise<string> {
    await drain()
    await log('a line')
    await Promise.resolve()
    return 'drained'
  },
  async outside({ outside, wait }: Runner): Promise<string> {
    const text = await outside(async () => {
      await sleep(0)
      const file = await readFilePromise(here, 'utf8')
      await new Promise(resolve => setImmediate(resolve))
      return file
    })
    await wait()
    return typeof text
  },
  async outsideAtOnce({ outside }: Runner): Promise<string> {
    clearTimeout(outside(() => setTimeout(() => {}, 1)))
    return 'cleared'
  },
} as const
